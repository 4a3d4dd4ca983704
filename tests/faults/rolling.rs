//! Rolling restarts of two replicas under clients with keep-alive connections.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use bookstore_tests::shop::Shop;
use bookstore_tests::wait::{PATIENCE, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::setup::{Outcome, Setup, peak_memory};

const CLIENTS: usize = 8;
/// Longest wait for a connection and for one response.
const RESPONSE_LIMIT: Duration = Duration::from_secs(15);
const REQUEST: &[u8] = b"GET /api/v1/books?size=5 HTTP/1.1\r\nhost: localhost\r\n\r\n";
/// How long a stopping replica continues to serve, so that a load balancer notices.
const DELAY: &str = "200ms";

/// The replicas that a load balancer would send new connections to, and the counts of the clients.
#[derive(Default)]
struct Balancer {
    ready: RwLock<Vec<SocketAddr>>,
    answered: AtomicUsize,
    unanswered: AtomicUsize,
    stopped: AtomicBool,
}

/// Restarts both replicas, one after the other, `rounds` times, each time after `requests` more answers.
pub(crate) async fn run(setup: &Setup, connection_string: &str, rounds: usize, requests: usize) -> Outcome {
    let balancer = Arc::new(Balancer::default());
    let mut outcome = Outcome { name: "rolling restarts", faults: rounds * 2, ..Outcome::default() };
    let mut replicas = Vec::new();
    for _ in 0..2 {
        replicas.push(start(setup, connection_string, &balancer).await);
    }
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let balancer = Arc::clone(&balancer);
        clients.spawn(async move { balancer.client(client).await });
    }
    for restart in 1..=rounds * 2 {
        let goal = restart * requests;
        let probe = async || match balancer.answered.load(Ordering::Relaxed) {
            answered if answered >= goal => Ok(()),
            answered => Err(format!("{answered} requests are answered")),
        };
        eventually(&format!("{goal} requests are answered"), PATIENCE, probe).await;
        let old = replicas.remove(0);
        outcome.peak_memory = outcome.peak_memory.max(peak_memory(&old));
        replicas.push(start(setup, connection_string, &balancer).await);
        let addr = address(&old);
        let stopping = tokio::spawn(old.stop());
        balancer.set(|ready| ready.retain(|known| *known != addr));
        let (_, output) = timeout(PATIENCE, stopping).await.expect("the replica stops in time").expect("it stops");
        outcome.panics += output.matches("panicked").count();
    }
    balancer.stopped.store(true, Ordering::Relaxed);
    clients.join_all().await;
    outcome.acknowledged = balancer.answered.load(Ordering::Relaxed);
    outcome.unanswered = balancer.unanswered.load(Ordering::Relaxed);
    outcome
}

async fn start(setup: &Setup, connection_string: &str, balancer: &Balancer) -> Shop {
    let settings = [("connectionstring", connection_string), ("BOOKSTORE_SHUTDOWN_DELAY", DELAY)];
    let shop = Shop::run(setup.shop_command(&settings)).await;
    balancer.set(|ready| ready.push(address(&shop)));
    shop
}

fn address(shop: &Shop) -> SocketAddr {
    let address = shop.url.trim_start_matches("http://");
    address.parse().unwrap_or_else(|error| panic!("{address}: {error}"))
}

impl Balancer {
    fn set(&self, change: impl FnOnce(&mut Vec<SocketAddr>)) {
        change(&mut self.ready.write().unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    fn choose(&self, client: usize) -> Option<SocketAddr> {
        let ready = self.ready.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        (!ready.is_empty()).then(|| ready[client % ready.len()])
    }

    /// Opens a connection. None if no replica is ready, or if it has just stopped listening and refuses; then no
    /// request was sent.
    async fn connect(&self, client: usize) -> Option<TcpStream> {
        let connecting = TcpStream::connect(self.choose(client)?);
        timeout(RESPONSE_LIMIT, connecting).await.ok()?.ok()
    }

    /// Sends requests on one connection until the replica closes it by `Connection: close`, then opens another.
    async fn client(&self, client: usize) {
        while !self.stopped.load(Ordering::Relaxed) {
            let Some(mut connection) = self.connect(client).await else {
                sleep(Duration::from_millis(1)).await;
                continue;
            };
            loop {
                match timeout(RESPONSE_LIMIT, request(&mut connection)).await {
                    Ok(Ok(keeps)) => {
                        self.answered.fetch_add(1, Ordering::Relaxed);
                        if !keeps || self.stopped.load(Ordering::Relaxed) {
                            break;
                        }
                    }
                    Ok(Err(_)) | Err(_) => {
                        self.unanswered.fetch_add(1, Ordering::Relaxed);
                        break;
                    }
                }
                // A browser pauses between requests; during the pause the connection is idle.
                sleep(Duration::from_millis(2)).await;
            }
        }
    }
}

/// Sends a request and reads its response. Returns whether the connection stays open.
async fn request(connection: &mut TcpStream) -> std::io::Result<bool> {
    connection.write_all(REQUEST).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    connection.read_exact(&mut vec![0; length]).await?;
    Ok(!head.contains("connection: close"))
}
