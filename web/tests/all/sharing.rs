//! Conditional requests: ETags of cached pages.

use crate::client::{Request, Response, get};
use crate::shop::{Shop, emma, post};

async fn send(shop: &Shop, path: &str, headers: &[(&str, &str)]) -> Response {
    let request = headers.iter().fold(get(path), |request, (name, value)| request.header(name, value));
    request.send(shop.addr).await
}

#[tokio::test]
async fn unchanged_page_is_304() {
    let shop = Shop::start().await;
    for path in ["/", "/books", "/books?sort=Title", "/books/1"] {
        let first = send(&shop, path, &[]).await;
        let tag = first.header("etag");
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{path}: {tag}");
        let again = send(&shop, path, &[("if-none-match", tag)]).await;
        assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", tag), "{path}");
        assert_eq!(again.header("cache-control"), "private, no-cache", "{path}");
        assert_eq!(send(&shop, path, &[("if-none-match", "\"another\"")]).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn changed_page_has_another_etag() {
    let shop = Shop::start().await;
    let before = send(&shop, "/books", &[]).await;
    assert_eq!(post(&emma()).send(shop.addr).await.status, 201);
    let after = send(&shop, "/books", &[("if-none-match", before.header("etag"))]).await;
    assert_eq!(after.status, 200);
    assert!(after.body.contains("Emma") && after.header("etag") != before.header("etag"));
}

#[tokio::test]
async fn each_encoding_has_its_own_etag() {
    let shop = Shop::start().await;
    let mut tags = Vec::new();
    for (accepted, encoding) in [("", ""), ("gzip", "gzip"), ("gzip, deflate, br, zstd", "gzip"), ("zstd", "")] {
        let response = send(&shop, "/books", &[("accept-encoding", accepted)]).await;
        assert_eq!(response.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(response.header("vary"), "accept-encoding", "{accepted}");
        let tag = response.header("etag").to_owned();
        let again = send(&shop, "/books", &[("accept-encoding", accepted), ("if-none-match", &tag)]).await;
        assert_eq!(again.status, 304, "{accepted}");
        tags.push(tag);
    }
    assert!(tags[0] == tags[3] && tags[1] == tags[2] && tags[0] != tags[1], "{tags:?}");
}

#[tokio::test]
async fn head_request_has_the_headers_of_the_page() {
    let shop = Shop::start().await;
    let page = send(&shop, "/books", &[]).await;
    let head = Request::new("HEAD", "/books").send(shop.addr).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for name in ["etag", "content-length", "content-type", "cache-control", "vary"] {
        assert_eq!(head.header(name), page.header(name), "{name}");
    }
}
