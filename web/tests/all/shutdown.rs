//! The end of a shop, in order.

use crate::client::get;
use crate::shop::{Shop, emma, post};

#[tokio::test]
async fn at_the_end_readiness_is_off_and_a_running_request_is_completed() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_REQUESTS", "1")]).await;
    let running = shop.occupied(post(&emma())).await;
    let (addr, admin) = (shop.addr, shop.admin);
    assert_eq!(get("/readyz").send(admin).await.body, "ready\n");
    let ended = shop.stop();
    while get("/readyz").send(admin).await.body != "not ready: stopping\n" {}
    assert_eq!(get("/healthz").send(admin).await.status, 200, "the admin listener stays until the end");
    assert_eq!(running.finish().await.status, 201);
    ended.await.unwrap();
    for addr in [addr, admin] {
        assert!(tokio::net::TcpStream::connect(addr).await.is_err(), "nobody listens at the end");
    }
}

#[tokio::test]
async fn in_the_pause_after_readiness_went_off_all_is_still_served() {
    let shop = Shop::with(&[("BOOKSTORE_SHUTDOWN_DELAY", "1h")]).await;
    let (addr, admin) = (shop.addr, shop.admin);
    let pausing = shop.stop();
    while get("/readyz").send(admin).await.status != 503 {}
    assert_eq!(get("/api/v1/books").send(addr).await.status, 200);
    assert!(!pausing.is_finished());
    pausing.abort();
}

#[tokio::test]
async fn a_request_that_does_not_end_is_cut_off_at_the_end_of_the_drain() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_REQUESTS", "1"), ("BOOKSTORE_DRAIN_TIMEOUT", "20ms")]).await;
    let stuck = shop.occupied(post(&emma())).await;
    shop.stop().await.unwrap();
    drop(stuck);
}

#[tokio::test]
async fn two_shops_in_one_process_live_and_end_apart() {
    let (one, other) = (Shop::start().await, Shop::start().await);
    one.stop().await.unwrap();
    assert_eq!(get("/api/v1/books").send(other.addr).await.status, 200);
    assert_eq!(get("/readyz").send(other.admin).await.status, 200);
    assert_eq!(get("/metrics").send(other.admin).await.status, 200);
}
