//! Thousands of slow clients beside a few quick ones: half-sent heads, idle connections, bodies that do not come.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bookstore_tests::shop::Shop;
use reqwest::Client;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::setup::{Outcome, Setup, peak_memory};

const CLIENTS: usize = 4;
const REQUESTS: usize = 250;

/// Opens `count` slow connections, which are opened again when the shop closes them, and measures the others beside
/// them. Prints how their 99th percentile changes.
pub(crate) async fn run(setup: &Setup, count: usize) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("books.db");
    let string = format!("Server=(embedded);AttachDbFilename={};User ID=sa", file.display());
    let shop = Shop::run(setup.shop_command(&[("connectionstring", &string)])).await;
    let addr: SocketAddr = shop.url.trim_start_matches("http://").parse().expect("its address");
    let (alone, _) = measure(&shop.url).await;
    let mut slow = JoinSet::new();
    for number in 0..count {
        slow.spawn(slow_client(addr, number));
    }
    let (beside, unanswered) = measure(&shop.url).await;
    println!("beside {count} slow clients the 99th percentile is {beside:?}, and {alone:?} alone");
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

/// Sends part of a request and waits until the shop closes the connection, again and again.
async fn slow_client(addr: SocketAddr, number: usize) {
    let part: &[u8] = match number % 3 {
        0 => b"GET /books HTTP/1.1\r\nhost: local",
        1 => b"",
        _ => b"POST /api/v1/books HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{",
    };
    loop {
        if let Ok(mut stream) = TcpStream::connect(addr).await
            && stream.write_all(part).await.is_ok()
        {
            // A response, or the end, which is why the result does not matter.
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
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
            }
            times
        });
    }
    let mut times = clients.join_all().await.concat();
    times.sort_unstable();
    let failed = CLIENTS * REQUESTS - times.len();
    (times.get(times.len() * 99 / 100).copied().unwrap_or_default(), failed)
}
