//! Shutdown: readiness, the delay, the drain.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::get;
use crate::connections::KeepAlive;
use crate::shop::{LIMIT, Shop, emma, post};

#[tokio::test]
async fn running_request_completes_after_readiness_is_off() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_REQUESTS", "1")]).await;
    let running = shop.occupied(post(&emma())).await;
    let (addr, admin) = (shop.addr, shop.admin);
    assert_eq!(get("/readyz").send(admin).await.body, "ready\n");
    let ended = shop.stop();
    let draining = async { while get("/readyz").send(admin).await.body != "not ready: draining\n" {} };
    timeout(LIMIT, draining).await.unwrap();
    assert_eq!(get("/healthz").send(admin).await.status, 200, "the admin listener stays until the end");
    assert_eq!(running.finish().await.status, 201);
    ended.await.unwrap();
    for addr in [addr, admin] {
        assert!(tokio::net::TcpStream::connect(addr).await.is_err(), "both listeners are closed");
    }
}

#[tokio::test]
async fn requests_are_served_during_the_shutdown_delay() {
    let shop = Shop::with(&[("BOOKSTORE_SHUTDOWN_DELAY", "1h")]).await;
    let (addr, admin) = (shop.addr, shop.admin);
    let mut keep_alive = KeepAlive::open(addr).await;
    assert!(!keep_alive.get("/api/v1/books").await.contains("connection: close"));
    let stopping = shop.stop();
    timeout(LIMIT, async { while get("/readyz").send(admin).await.status != 503 {} }).await.unwrap();
    let response = keep_alive.get("/api/v1/books").await;
    assert!(response.contains(" 200 OK") && response.contains("connection: close"), "{response}");
    assert_eq!(get("/api/v1/books").send(addr).await.status, 200);
    assert!(!stopping.is_finished());
    stopping.abort();
}

#[tokio::test]
async fn unfinished_request_is_closed_after_the_drain_timeout() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_REQUESTS", "1"), ("BOOKSTORE_DRAIN_TIMEOUT", "20ms")]).await;
    let unfinished = shop.occupied(post(&emma())).await;
    shop.stop().await.unwrap();
    drop(unfinished);
}

#[tokio::test]
async fn half_sent_head_and_idle_connection_do_not_hold_the_drain() {
    let shop = Shop::with(&[("BOOKSTORE_DRAIN_TIMEOUT", "1h"), ("BOOKSTORE_READ_TIMEOUT", "1h")]).await;
    let mut half_sent = TcpStream::connect(shop.addr).await.unwrap();
    half_sent.write_all(b"GET / HTTP/1.1\r\nhost: loc").await.unwrap();
    let mut idle = KeepAlive::open(shop.addr).await;
    idle.get("/").await;
    timeout(LIMIT, shop.stop()).await.unwrap().unwrap();
}

#[tokio::test]
async fn two_shops_in_one_process_are_independent() {
    let (one, other) = (Shop::start().await, Shop::start().await);
    one.stop().await.unwrap();
    assert_eq!(get("/api/v1/books").send(other.addr).await.status, 200);
    assert_eq!(get("/readyz").send(other.admin).await.status, 200);
    assert_eq!(get("/metrics").send(other.admin).await.status, 200);
}
