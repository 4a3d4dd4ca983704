//! Pages that browsers keep: what they are named by, and when they need not be sent again.

use crate::client::{Answer, Request, get};
use crate::shop::{Shop, emma, post};

async fn ask(shop: &Shop, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers.iter().fold(get(path), |request, (name, value)| request.header(name, value));
    request.send(shop.addr).await
}

#[tokio::test]
async fn a_browser_that_has_the_page_is_not_sent_it_again() {
    let shop = Shop::start().await;
    for path in ["/", "/books", "/books?sort=Title", "/books/1"] {
        let first = ask(&shop, path, &[]).await;
        let tag = first.header("etag");
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{path}: {tag}");
        let again = ask(&shop, path, &[("if-none-match", tag)]).await;
        assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", tag), "{path}");
        assert_eq!(again.header("cache-control"), "private, no-cache", "{path}");
        assert_eq!(ask(&shop, path, &[("if-none-match", "\"another\"")]).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_page_that_has_changed_has_another_tag() {
    let shop = Shop::start().await;
    let before = ask(&shop, "/books", &[]).await;
    assert_eq!(post(&emma()).send(shop.addr).await.status, 201);
    let after = ask(&shop, "/books", &[("if-none-match", before.header("etag"))]).await;
    assert_eq!(after.status, 200);
    assert!(after.body.contains("Emma") && after.header("etag") != before.header("etag"));
}

#[tokio::test]
async fn each_encoding_has_a_tag_of_its_own() {
    let shop = Shop::start().await;
    let mut tags = Vec::new();
    for (accepted, encoding) in [("", ""), ("gzip", "gzip"), ("gzip, deflate, br, zstd", "gzip"), ("zstd", "")] {
        let answer = ask(&shop, "/books", &[("accept-encoding", accepted)]).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.header("vary"), "accept-encoding", "{accepted}");
        let tag = answer.header("etag").to_owned();
        let again = ask(&shop, "/books", &[("accept-encoding", accepted), ("if-none-match", &tag)]).await;
        assert_eq!(again.status, 304, "{accepted}");
        tags.push(tag);
    }
    assert!(tags[0] == tags[3] && tags[1] == tags[2] && tags[0] != tags[1], "{tags:?}");
}

#[tokio::test]
async fn a_head_request_tells_of_the_page_without_it() {
    let shop = Shop::start().await;
    let page = ask(&shop, "/books", &[]).await;
    let head = Request::new("HEAD", "/books").send(shop.addr).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    for name in ["etag", "content-length", "content-type", "cache-control", "vary"] {
        assert_eq!(head.header(name), page.header(name), "{name}");
    }
}
