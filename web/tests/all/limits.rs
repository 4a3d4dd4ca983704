//! What is too much is refused at once, and said how.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::client::{Request, get};
use crate::shop::{Shop, emma, post};

#[tokio::test]
async fn a_request_too_many_is_answered_503_at_once_and_the_running_one_ends_well() {
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
async fn the_limit_is_one_for_all_routes_and_not_for_health() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_REQUESTS", "1")]).await;
    let _running = shop.occupied(post(&emma())).await;
    for path in ["/api", "/api/openapi.json", "/nowhere"] {
        assert_eq!(get(path).send(shop.addr).await.status, 503, "{path}");
    }
    assert_eq!(get("/healthz").send(shop.admin).await.status, 200);
    assert_eq!(get("/readyz").send(shop.admin).await.status, 200);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_given_up() {
    let shop = Shop::with(&[("BOOKSTORE_REQUEST_TIMEOUT", "50ms")]).await;
    let answer = post(&emma()).begin(shop.addr).await.answer().await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "2");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_whether_announced_or_not() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_BODY", "1 KiB")]).await;
    let announced =
        Request::new("POST", "/api/v1/books").header("content-type", "application/json").body(&" ".repeat(1025));
    let chunked = Request::new("POST", "/api/v1/books")
        .header("content-type", "application/json")
        .header("transfer-encoding", "chunked")
        .unannounced(&format!("800\r\n{}\r\n0\r\n\r\n", " ".repeat(0x800)));
    for request in [announced, chunked] {
        let answer = request.send(shop.addr).await;
        assert_eq!(answer.status, 413);
        assert_eq!(answer.problem()["title"], "Payload Too Large");
    }
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let shop = Shop::start().await;
    assert_eq!(get("/").header("x-long", &"x".repeat(17_000)).send(shop.addr).await.status, 431);
}

#[tokio::test]
async fn a_client_that_leaves_its_answers_unread_is_cut_off() {
    let shop = Shop::with(&[("BOOKSTORE_STALL_TIMEOUT", "50ms")]).await;
    let mut client = TcpStream::connect(shop.addr).await.unwrap();
    let ask = b"GET /books?size=100 HTTP/1.1\r\nhost: shop.test\r\n\r\n";
    // It asks and never reads: the buffers fill up, and then the shop takes no more. Only the shop's end of it ends this.
    while client.write_all(ask).await.is_ok() {}
    assert_eq!(get("/api/v1/books").send(shop.addr).await.status, 200);
}
