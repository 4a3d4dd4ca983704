//! The comparison and its live stream.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{Request, get};
use crate::shop::{LIMIT, Shop, emma, post};

/// A live stream, read as far as a test needs.
struct Events {
    stream: TcpStream,
    read: String,
}

impl Events {
    async fn open(shop: &Shop, path: &str) -> Self {
        let stream = get(path).begin(shop.addr).await.into_stream();
        Self { stream, read: String::new() }
    }

    /// Reads until this text arrives.
    async fn wait_for(&mut self, text: &str) {
        let read = timeout(LIMIT, async {
            while !self.read.contains(text) {
                assert!(self.more().await > 0, "the stream ended without {text:?}: {}", self.read);
            }
        });
        assert!(read.await.is_ok(), "{text:?} is not in {}", self.read);
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
async fn each_login_has_a_column_and_a_table_row() {
    let shop = Shop::start().await;
    post(&emma()).send(shop.addr).await;
    for path in ["/compare", "/compare?last=hour", "/compare?last=nonsense"] {
        let page = get(path).send(shop.addr).await;
        assert_eq!(page.status, 200);
        for part in [
            "<strong>8</strong> <span>books, 89 %",
            "<strong>1</strong> <span>book, 11 %",
            "<th scope=\"row\">tester</th><td>1</td>",
        ] {
            assert!(page.body.contains(part), "{path}: {part} is not in {}", page.body);
        }
    }
}

#[tokio::test]
async fn stream_reports_changes_beyond_the_request_timeout() {
    // Updates are a second apart, so the third arrives after the timeout.
    let shop = Shop::with(&[("BOOKSTORE_REQUEST_TIMEOUT", "1s")]).await;
    let mut events = Events::open(&shop, "/events").await;
    events.wait_for(".8.8.8\"").await;
    assert!(
        events.read.contains("text/event-stream") && events.read.contains(r#"id=\"identity-line\""#),
        "{}",
        events.read
    );
    post(&emma()).send(shop.addr).await;
    events.wait_for(".9.9.9\"").await;
    let page = get("/compare").send(shop.addr).await.body;
    assert!(page.contains("9 books: 8 by sa, 1 by tester"), "{page}");
    let gone = Request::new("DELETE", "/api/v1/books/9").header("if-match", "*").body("").send(shop.addr).await;
    assert_eq!(gone.status, 204);
    events.read.clear();
    events.wait_for(".8.8.8\"").await;
}

#[tokio::test]
async fn streams_take_no_request_slot_and_have_a_limit() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_REQUESTS", "2")]).await;
    let mut first = Events::open(&shop, "/events").await;
    first.wait_for("identity-line").await;
    let refused = get("/events").send(shop.addr).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, "2"));
    let both = tokio::join!(get("/books").send(shop.addr), get("/compare").send(shop.addr));
    assert_eq!((both.0.status, both.1.status), (200, 200));
    drop(first);
    // The server notices the closed connection when it sends the next event.
    let reopened = async {
        loop {
            post(&emma()).send(shop.addr).await;
            let mut events = Events::open(&shop, "/events").await;
            events.wait_for("HTTP/1.1 ").await;
            if events.read.starts_with("HTTP/1.1 200") {
                return events;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let mut second = timeout(LIMIT, reopened).await.unwrap();
    second.wait_for("identity-line").await;
}

#[tokio::test]
async fn shutdown_ends_streams_at_the_start_of_the_drain() {
    let shop = Shop::with(&[("BOOKSTORE_DRAIN_TIMEOUT", "1h")]).await;
    let mut events = Events::open(&shop, "/events").await;
    events.wait_for("identity-line").await;
    timeout(LIMIT, shop.stop()).await.unwrap().unwrap();
    timeout(LIMIT, events.end()).await.unwrap();
    assert!(events.read.ends_with("0\r\n\r\n"), "ended in order: {}", events.read);
}
