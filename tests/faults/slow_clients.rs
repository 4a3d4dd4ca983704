//! Thousands of slow clients beside a few quick ones: half-sent heads, idle connections, bodies that do not come.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bookstore_tests::shop::Shop;
use bookstore_tests::wait::{PATIENCE, eventually};
use reqwest::Client;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::setup::{Outcome, Setup, peak_memory};

const CLIENTS: usize = 4;
const REQUESTS: usize = 250;
/// Time between two requests of a client. Without it the clients would measure how busy they keep the processor.
const PAUSE: Duration = Duration::from_millis(10);

/// Opens `count` slow connections, which are opened again when the shop closes them, and measures the others beside
/// them. Prints how their 99th percentile changes.
pub(crate) async fn run(setup: &Setup, count: usize) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("books.db");
    let string = format!("Server=(embedded);AttachDbFilename={};User ID=sa", file.display());
    let shop = Shop::run(setup.shop_command(&[("connectionstring", &string)])).await;
    let addr: SocketAddr = shop.url.trim_start_matches("http://").parse().expect("its address");
    let (alone, _) = measure(&shop.url).await;
    let slow = SlowClients::start(addr, count);
    let all_have_connected = async || slow.connected.load(Ordering::Relaxed) >= count;
    eventually("all slow clients have connected", PATIENCE, all_have_connected).await;
    let (beside, unanswered) = measure(&shop.url).await;
    drop(slow);
    let ratio = beside.as_secs_f64() / alone.as_secs_f64();
    println!("beside {count} slow clients the 99th percentile is {beside:?}, and {alone:?} alone: {ratio:.2}×");
    Outcome {
        name: "slow clients",
        faults: count,
        acknowledged: CLIENTS * REQUESTS - unanswered,
        unanswered,
        panics: shop.output().matches("panicked").count(),
        peak_memory: peak_memory(&shop),
        ..Outcome::default()
    }
}

/// Slow clients, until this is dropped. They run on a thread of their own, so that only the shop lets the other clients
/// wait.
struct SlowClients {
    /// How many have connected.
    connected: Arc<AtomicUsize>,
    _stop: oneshot::Sender<()>,
}

impl SlowClients {
    fn start(addr: SocketAddr, count: usize) -> Self {
        let connected = Arc::new(AtomicUsize::default());
        let (stop, stopped) = oneshot::channel();
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let counter = Arc::clone(&connected);
        std::thread::spawn(move || {
            runtime.block_on(async {
                for number in 0..count {
                    tokio::spawn(slow_client(addr, number, Arc::clone(&counter)));
                }
                // Ends when the sender is dropped.
                let _ = stopped.await;
            });
        });
        Self { connected, _stop: stop }
    }
}

/// Sends part of a request and waits until the shop closes the connection, again and again.
async fn slow_client(addr: SocketAddr, number: usize, connected: Arc<AtomicUsize>) {
    let part: &[u8] = match number % 3 {
        0 => b"GET /books HTTP/1.1\r\nhost: local",
        1 => b"",
        _ => b"POST /api/v1/books HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{",
    };
    let mut is_first = true;
    loop {
        if let Ok(mut stream) = TcpStream::connect(addr).await
            && stream.write_all(part).await.is_ok()
        {
            if std::mem::take(&mut is_first) {
                connected.fetch_add(1, Ordering::Relaxed);
            }
            // A response, or the end, which is why the result does not matter.
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// The 99th percentile of the time for a page, and how many requests failed.
async fn measure(url: &str) -> (Duration, usize) {
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let url = format!("{url}/books");
        clients.spawn(async move {
            let client = Client::new();
            let mut times = Vec::new();
            for _ in 0..REQUESTS {
                let start = Instant::now();
                let response = client.get(&url).send().await;
                if response.is_ok_and(|response| response.status() == 200) {
                    times.push(start.elapsed());
                }
                sleep(PAUSE).await;
            }
            times
        });
    }
    let mut times = clients.join_all().await.concat();
    times.sort_unstable();
    let failed = CLIENTS * REQUESTS - times.len();
    (times.get(times.len() * 99 / 100).copied().unwrap_or_default(), failed)
}
