//! The comparison and the stream that keeps it up to date.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{Request, get};
use crate::shop::{Shop, emma, post};

/// Longer than any loaded machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stream of events that is read as far as a test wants.
struct Events {
    stream: TcpStream,
    read: String,
}

impl Events {
    async fn open(shop: &Shop, path: &str) -> Self {
        let stream = get(path).begin(shop.addr).await.into_stream();
        Self { stream, read: String::new() }
    }

    /// Reads on until this has come.
    async fn until(&mut self, text: &str) {
        let came = timeout(PATIENCE, async {
            while !self.read.contains(text) {
                assert!(self.more().await > 0, "the stream ended without {text:?}: {}", self.read);
            }
        });
        assert!(came.await.is_ok(), "{text:?} never comes after {}", self.read);
    }

    async fn end(&mut self) {
        while self.more().await > 0 {}
    }

    async fn more(&mut self) -> usize {
        let mut bytes = [0; 4096];
        let count = self.stream.read(&mut bytes).await.unwrap();
        self.read.push_str(&String::from_utf8_lossy(&bytes[..count]));
        count
    }
}

#[tokio::test]
async fn each_login_has_a_column_and_the_table_says_the_same() {
    let shop = Shop::start().await;
    post(&emma()).send(shop.addr).await;
    for path in ["/compare", "/compare?last=hour", "/compare?last=nonsense"] {
        let page = get(path).send(shop.addr).await;
        assert_eq!(page.status, 200);
        for part in [
            "<strong>8</strong> <span>89 %",
            "<strong>1</strong> <span>11 %",
            "<th scope=\"row\">tester</th><td>1</td>",
        ] {
            assert!(page.body.contains(part), "{path}: {part} is not in {}", page.body);
        }
    }
}

#[tokio::test]
async fn books_that_come_and_go_are_told_by_the_stream_whatever_the_limit_of_a_request() {
    // Updates are a second apart, so the third comes when the limit has passed.
    let shop = Shop::with(&[("BOOKSTORE_REQUEST_TIMEOUT", "1s")]).await;
    let mut events = Events::open(&shop, "/compare/events").await;
    events.until("8 books: 8 by sa\"").await;
    assert!(
        events.read.contains("text/event-stream") && events.read.contains("id=\"identity-line\""),
        "{}",
        events.read
    );
    post(&emma()).send(shop.addr).await;
    events.until("9 books: 8 by sa, 1 by tester").await;
    let gone = Request::new("DELETE", "/api/v1/books/9").header("if-match", "*").body("").send(shop.addr).await;
    assert_eq!(gone.status, 204);
    events.read.clear();
    events.until("8 books: 8 by sa\"").await;
}

#[tokio::test]
async fn listeners_take_no_place_of_requests_and_are_limited_themselves() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_REQUESTS", "2")]).await;
    let mut first = Events::open(&shop, "/compare/events").await;
    first.until("8 books").await;
    let refused = get("/compare/events?last=day").send(shop.addr).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, "2"));
    let both = tokio::join!(get("/books").send(shop.addr), get("/compare").send(shop.addr));
    assert_eq!((both.0.status, both.1.status), (200, 200));
    drop(first);
    // The server notices at its next word to the one who left.
    let mut second = loop {
        post(&emma()).send(shop.addr).await;
        let mut events = Events::open(&shop, "/compare/events?last=day").await;
        events.until("HTTP/1.1 ").await;
        if events.read.starts_with("HTTP/1.1 200") {
            break events;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    second.until("by sa").await;
}

#[tokio::test]
async fn a_shop_that_ends_ends_its_streams_before_the_drain_is_over() {
    let shop = Shop::with(&[("BOOKSTORE_DRAIN_TIMEOUT", "1h")]).await;
    let mut events = Events::open(&shop, "/compare/events").await;
    events.until("8 books").await;
    timeout(PATIENCE, shop.stop()).await.unwrap().unwrap();
    timeout(PATIENCE, events.end()).await.unwrap();
    assert!(events.read.ends_with("0\r\n\r\n"), "ended in order: {}", events.read);
}
