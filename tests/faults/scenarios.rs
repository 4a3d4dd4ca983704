//! The scenarios of broken connections, rolling restarts and false servers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bookstore_tests::fixture::prepare;
use bookstore_tests::proxy::{Armed, Break, Direction, Proxy};
use bookstore_tests::shop::Shop;
use bookstore_tests::sql::settings;
use fastrand::Rng;
use futures_util::future::join_all;
use sql_server_stand_in::StandIn;

use crate::ledger::read_server;
use crate::setup::{CLIENTS, LOGIN, Outcome, Setup};
use crate::workload::Workload;
use crate::{hostile, rolling};

/// Shops whose connections are cut side by side: most of the time passes until an outage is over.
const LANES: u64 = 6;
/// The number of bytes within which a break happens: a login and several statements.
const MAX_BREAK_OFFSET: usize = 6000;
/// How long a break may wait for its byte.
const BREAK_LIMIT: Duration = Duration::from_secs(15);

impl Setup {
    /// Cuts connections between shops and their databases at least `count` times while clients write.
    pub(crate) async fn cuts(&self, count: usize) -> Outcome {
        let lanes = (0..LANES).map(|lane| self.lane_of_cuts(self.seed + lane, count.div_ceil(LANES as usize)));
        join_all(lanes).await.into_iter().fold(Outcome::default(), Outcome::and)
    }

    /// A shop and its database.
    async fn lane_of_cuts(&self, seed: u64, count: usize) -> Outcome {
        let server = server().await;
        let mut proxy = Proxy::start(server.addr()).await.expect("the proxy starts");
        let shop = Shop::run(self.shop_command(&[("connectionstring", &through(&server, proxy.addr))])).await;
        let workload = Arc::new(Workload::default());
        let clients = workload.start(&shop.url, "cuts", CLIENTS);
        let mut rng = Rng::with_seed(seed);
        let mut faults = 0;
        for _ in 0..count {
            // Pauses and black holes cost seconds each, so most breaks are of the quick kinds.
            let kind = if rng.u8(..) < 8 { Break::BlackHole } else { Break::ALL[rng.usize(..Break::ALL.len())] };
            let kind = if kind == Break::BlackHole && rng.u8(..) > 25 { Break::Reset } else { kind };
            let direction = if rng.bool() { Direction::ToServer } else { Direction::ToClient };
            let armed = Armed { kind, direction, after: rng.usize(..MAX_BREAK_OFFSET) };
            faults += usize::from(proxy.fire(armed, BREAK_LIMIT).await);
        }
        workload.end(clients).await;
        let administrator = settings(&server.connection_string("sa"));
        let rows = read_server(&administrator).await.expect("the database answers");
        Outcome::of("cut connections", faults, &workload, rows, LOGIN, &shop)
    }

    /// Restarts two replicas `rounds` times each under keep-alive clients, which send nothing twice. Between two
    /// restarts at least `requests` requests are answered.
    pub(crate) async fn rolling_restarts(&self, rounds: usize, requests: usize) -> Outcome {
        let server = server().await;
        rolling::run(self, &server.connection_string(LOGIN), rounds, requests).await
    }

    /// Puts a false server between shop and database, `rounds` times with each of its replies.
    pub(crate) async fn hostile_servers(&self, rounds: usize) -> Outcome {
        let server = server().await;
        hostile::run(self, &server, LOGIN, rounds).await
    }
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
