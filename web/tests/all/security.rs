//! Security headers, and the origins whose requests may write.

use crate::client::{Request, get};
use crate::shop::{Shop, emma, post};

#[tokio::test]
async fn every_response_has_the_security_headers() {
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
        let response = request.send(shop.addr).await;
        assert_eq!(response.status, status, "{response:?}");
        assert!(response.header("content-security-policy").starts_with("default-src 'none'; "), "{response:?}");
        assert!(response.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(response.header("x-content-type-options"), "nosniff");
        assert_eq!(response.header("referrer-policy"), "same-origin");
        assert_eq!(response.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(response.header("cross-origin-resource-policy"), "same-origin");
        assert!(response.header("permissions-policy").contains("camera=()"));
        assert!(!response.header("x-request-id").is_empty());
        assert_eq!(response.header("server"), "");
    }
}

#[tokio::test]
async fn write_from_another_site_is_refused() {
    let shop = Shop::start().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.test"),
        ("origin", "null"),
    ] {
        let response = post(&emma()).header(name, value).send(shop.addr).await;
        assert_eq!(response.status, 403, "{name}: {value}");
        assert_eq!(response.problem()["title"], "Forbidden");
    }
}

#[tokio::test]
async fn own_pages_and_programs_may_write() {
    let shop = Shop::start().await;
    let own = [("sec-fetch-site", "same-origin"), ("origin", "http://localhost"), ("user-agent", "curl/8")];
    for (name, value) in own {
        assert_eq!(post(&emma()).header(name, value).send(shop.addr).await.status, 201, "{name}: {value}");
    }
}

#[tokio::test]
async fn plain_request_id_is_echoed_and_any_other_replaced() {
    let shop = Shop::start().await;
    let echo =
        async |id: &str| get("/api").header("x-request-id", id).send(shop.addr).await.header("x-request-id").to_owned();
    assert_eq!(echo("abc-123").await, "abc-123");
    for odd in ["a b", "{\"x\":1}", &"x".repeat(65)] {
        let replacement = echo(odd).await;
        assert_eq!(replacement.len(), 36, "{replacement}");
    }
}

#[tokio::test]
async fn lists_are_compressed_and_a_single_book_is_not() {
    let shop = Shop::start().await;
    for (path, encoding) in [("/api/v1/books", "gzip"), ("/api", "gzip"), ("/api/v1/books/1", "")] {
        let response = get(path).header("accept-encoding", "gzip").send(shop.addr).await;
        assert_eq!(response.header("content-encoding"), encoding, "{path}");
    }
}
