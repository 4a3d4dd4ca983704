//! The scenarios of the campaign: what is broken, how often, and what is counted.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bookstore_tests::fixture::prepare;
use bookstore_tests::shop::Shop;
use bookstore_tests::sql::settings;
use fastrand::Rng;
use sql_server_stand_in::StandIn;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::proxy::{Armed, Break, Direction, Proxy};
use crate::setup::{Outcome, Setup, peak_memory};
use crate::workload::Workload;
use crate::{hostile, rolling};

/// The login of the shops, and so the creator of every book.
const LOGIN: &str = "webapp";
const CLIENTS: usize = 6;
/// The number of bytes within which a break happens: a login and several statements.
const MAX_BREAK_OFFSET: usize = 6000;
/// How long a break may wait for its byte.
const BREAK_LIMIT: Duration = Duration::from_secs(15);

impl Setup {
    /// Cuts connections between shop and database `count` times while clients write.
    pub(crate) async fn cuts(&self, count: usize) -> Outcome {
        let server = server().await;
        let mut proxy = Proxy::start(server.addr()).await.expect("the proxy starts");
        let shop = Shop::run(self.shop_command(&[("connectionstring", &through(&server, proxy.addr))])).await;
        let workload = Arc::new(Workload::default());
        let clients = workload.start(&shop.url, "cuts", CLIENTS);
        let mut rng = Rng::with_seed(self.seed);
        let mut faults = 0;
        for _ in 0..count {
            // Pauses and black holes cost seconds each, so most breaks are of the quick kinds.
            let kind = if rng.u8(..) < 8 { Break::BlackHole } else { Break::ALL[rng.usize(..Break::ALL.len())] };
            let kind = if kind == Break::BlackHole && rng.u8(..) > 25 { Break::Reset } else { kind };
            let direction = if rng.bool() { Direction::ToServer } else { Direction::ToClient };
            let armed = Armed { kind, direction, after: rng.usize(..MAX_BREAK_OFFSET) };
            faults += usize::from(proxy.fire(armed, BREAK_LIMIT).await);
        }
        finish("cut connections", faults, &server, &workload, clients, vec![shop]).await
    }

    /// Kills the shop `count` times while clients write, and starts it again at the same address.
    pub(crate) async fn shop_kills(&self, count: usize) -> Outcome {
        let server = server().await;
        let addr = free_address().to_string();
        let string = server.connection_string(LOGIN);
        let start = || Shop::run(self.shop_command(&[("connectionstring", &string), ("BOOKSTORE_ADDR", &addr)]));
        let mut shop = start().await;
        let workload = Arc::new(Workload::default());
        let clients = workload.start(&shop.url, "shop kills", CLIENTS);
        let mut rng = Rng::with_seed(self.seed);
        for _ in 0..count {
            workload.progress(rng.usize(1..10)).await;
            sleep(Duration::from_millis(rng.u64(..20))).await;
            shop.kill().await;
            shop = start().await;
        }
        finish("killed shops", count, &server, &workload, clients, vec![shop]).await
    }

    /// Stops the server `count` times while clients write: all its connections end, and nobody listens for a moment.
    pub(crate) async fn server_stops(&self, count: usize) -> Outcome {
        let mut server = server().await;
        let shop = Shop::run(self.shop_command(&[("connectionstring", &server.connection_string(LOGIN))])).await;
        let workload = Arc::new(Workload::default());
        let clients = workload.start(&shop.url, "server stops", CLIENTS);
        let mut rng = Rng::with_seed(self.seed);
        for _ in 0..count {
            workload.progress(rng.usize(1..10)).await;
            sleep(Duration::from_millis(rng.u64(..20))).await;
            server.stop().await;
            sleep(Duration::from_millis(rng.u64(..200))).await;
            server.restart().await.expect("the stand-in listens again");
        }
        finish("stopped servers", count, &server, &workload, clients, vec![shop]).await
    }

    /// Restarts two replicas `rounds` times each under keep-alive clients, which send nothing twice. Between two
    /// restarts at least `requests` requests are answered.
    pub(crate) async fn rolling_restarts(&self, rounds: usize, requests: usize) -> Outcome {
        let server = server().await;
        let (answered, unanswered) = rolling::run(self, &server.connection_string(LOGIN), rounds, requests).await;
        Outcome {
            name: "rolling restarts",
            faults: rounds * 2,
            acknowledged: answered,
            unanswered,
            ..Outcome::default()
        }
    }

    /// Puts a false server between shop and database, `rounds` times with each of its replies.
    pub(crate) async fn hostile_servers(&self, rounds: usize) -> Outcome {
        let server = server().await;
        hostile::run(self, &server, LOGIN, rounds).await
    }
}

async fn finish(
    name: &'static str,
    faults: usize,
    server: &StandIn,
    workload: &Arc<Workload>,
    clients: JoinSet<()>,
    shops: Vec<Shop>,
) -> Outcome {
    workload.stop();
    clients.join_all().await;
    let settings = settings(&server.connection_string("sa"));
    let differences = workload.ledger.check(&settings, LOGIN).await.expect("the database answers");
    let mut outcome = Outcome {
        name,
        faults,
        acknowledged: workload.acknowledged.load(Ordering::Relaxed),
        unanswered: workload.unanswered.load(Ordering::Relaxed),
        wrong: workload.wrong.load(Ordering::Relaxed),
        differences,
        ..Outcome::default()
    };
    for shop in shops {
        outcome.panics += shop.output().matches("panicked").count();
        outcome.peak_memory = outcome.peak_memory.max(peak_memory(&shop));
    }
    outcome
}

async fn server() -> StandIn {
    let logins = StandIn::builder().login("sa", "Secret-1").login(LOGIN, "Secret-2");
    let server = logins.database("Bookstore").start().await.expect("the stand-in starts");
    prepare(&server, LOGIN).await;
    server
}

/// The shop's connection string, through the proxy, with short time-outs and few connections: so that each is used.
fn through(server: &StandIn, proxy: SocketAddr) -> String {
    let direct = server.connection_string(LOGIN);
    format!("{direct};Server=127.0.0.1,{};Connect Timeout=2;Command Timeout=2;Max Pool Size=4", proxy.port())
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address")
}
