//! What every answer carries, and who may write.

use crate::client::{Request, get};
use crate::shop::{Shop, emma, post};

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let shop = Shop::start().await;
    let cross_site = post(&emma()).header("sec-fetch-site", "cross-site");
    let too_long = Request::new("POST", "/api/v1/books").body(&"x".repeat(70_000));
    let cases = [
        (get("/api/v1/books"), 200),
        (get("/nowhere"), 404),
        (get("/api/v1/books/1").header("if-none-match", "\"v1\""), 304),
        (Request::new("PATCH", "/api/v1/books"), 405),
        (cross_site, 403),
        (too_long, 413),
    ];
    for (request, status) in cases {
        let answer = request.send(shop.addr).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'; "), "{answer:?}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin");
        assert!(answer.header("permissions-policy").contains("camera=()"));
        assert!(!answer.header("x-request-id").is_empty());
        assert_eq!(answer.header("server"), "");
    }
}

#[tokio::test]
async fn a_write_from_another_sites_page_is_refused() {
    let shop = Shop::start().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.test"),
        ("origin", "null"),
    ] {
        let answer = post(&emma()).header(name, value).send(shop.addr).await;
        assert_eq!(answer.status, 403, "{name}: {value}");
        assert_eq!(answer.problem()["title"], "Forbidden");
    }
}

#[tokio::test]
async fn the_shops_own_pages_and_programs_may_write() {
    let shop = Shop::start().await;
    let own = [("sec-fetch-site", "same-origin"), ("origin", "http://shop.test"), ("user-agent", "curl/8")];
    for (name, value) in own {
        assert_eq!(post(&emma()).header(name, value).send(shop.addr).await.status, 201, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_plain_request_id_is_echoed_and_any_other_is_replaced() {
    let shop = Shop::start().await;
    let echo =
        async |id: &str| get("/api").header("x-request-id", id).send(shop.addr).await.header("x-request-id").to_owned();
    assert_eq!(echo("abc-123").await, "abc-123");
    for odd in ["a b", "{\"x\":1}", &"x".repeat(65)] {
        let made = echo(odd).await;
        assert_eq!(made.len(), 36, "{made}");
    }
}

#[tokio::test]
async fn text_is_compressed_but_not_a_book_whose_etag_names_its_bytes() {
    let shop = Shop::start().await;
    for (path, encoding) in [("/api/v1/books", "gzip"), ("/api", "gzip"), ("/api/v1/books/1", "")] {
        let answer = get(path).header("accept-encoding", "gzip").send(shop.addr).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{path}");
    }
}
