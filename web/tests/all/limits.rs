//! Limits: a request above one is refused at once.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{Request, get};
use crate::shop::{LIMIT, Shop, emma, post};

#[tokio::test]
async fn request_above_the_limit_is_503_and_others_complete() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_REQUESTS", "1")]).await;
    let running = shop.occupied(post(&emma())).await;
    let refused = get("/api/v1/books").send(shop.addr).await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.header("retry-after"), "2");
    assert_eq!(refused.problem()["title"], "Service Unavailable");
    assert_eq!(running.finish().await.status, 201);
    assert_eq!(get("/api/v1/books").send(shop.addr).await.status, 200);
}

#[tokio::test]
async fn all_routes_share_one_limit_and_health_has_none() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_REQUESTS", "1")]).await;
    let _running = shop.occupied(post(&emma())).await;
    for path in ["/api", "/api/openapi.json", "/nowhere"] {
        assert_eq!(get(path).send(shop.addr).await.status, 503, "{path}");
    }
    assert_eq!(get("/healthz").send(shop.admin).await.status, 200);
    assert_eq!(get("/readyz").send(shop.admin).await.status, 200);
}

#[tokio::test]
async fn body_that_does_not_arrive_is_408() {
    let shop = Shop::with(&[("BOOKSTORE_READ_TIMEOUT", "50ms")]).await;
    let response = post(&emma()).begin(shop.addr).await.response().await;
    assert_eq!(response.status, 408);
    assert_eq!(response.problem()["title"], "Request Timeout");
}

#[tokio::test]
async fn request_takes_no_slot_before_its_body_has_arrived() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_REQUESTS", "1"), ("BOOKSTORE_READ_TIMEOUT", "1h")]).await;
    let started = post(&emma()).begin(shop.addr).await;
    assert_eq!(get("/api/v1/identity").send(shop.addr).await.status, 200);
    assert_eq!(post(&emma()).send(shop.addr).await.status, 201);
    assert_eq!(started.finish().await.status, 201);
}

#[tokio::test]
async fn too_large_body_is_413_with_and_without_content_length() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_BODY", "1 KiB")]).await;
    let with_length =
        Request::new("POST", "/api/v1/books").header("content-type", "application/json").body(&" ".repeat(1025));
    let chunked = Request::new("POST", "/api/v1/books")
        .header("content-type", "application/json")
        .header("transfer-encoding", "chunked")
        .body_without_length(&format!("800\r\n{}\r\n0\r\n\r\n", " ".repeat(0x800)));
    for request in [with_length, chunked] {
        let response = request.send(shop.addr).await;
        assert_eq!(response.status, 413);
        assert_eq!(response.problem()["title"], "Payload Too Large");
    }
}

#[tokio::test]
async fn body_limit_may_be_above_the_default_of_axum() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_BODY", "4 MiB")]).await;
    let book = format!("{}{}", emma(), " ".repeat(3 << 20));
    let request = Request::new("POST", "/api/v1/books").header("content-type", "application/json").body(&book);
    assert_eq!(request.send(shop.addr).await.status, 201);
}

#[tokio::test]
async fn too_long_head_is_431() {
    let shop = Shop::start().await;
    assert_eq!(get("/").header("x-long", &"x".repeat(17_000)).send(shop.addr).await.status, 431);
}

#[tokio::test]
async fn client_that_reads_nothing_is_disconnected() {
    let shop = Shop::with(&[("BOOKSTORE_STALL_TIMEOUT", "50ms")]).await;
    let mut client = TcpStream::connect(shop.addr).await.unwrap();
    let request = b"GET /books?size=100 HTTP/1.1\r\nhost: localhost\r\n\r\n";
    // The client never reads, so the buffers fill up until the shop reads no more. Only a disconnection ends the loop.
    timeout(LIMIT, async { while client.write_all(request).await.is_ok() {} }).await.unwrap();
    assert_eq!(get("/api/v1/books").send(shop.addr).await.status, 200);
}
