//! Presenters: who the shop is, and who made the rows, kept true while others write and while the database goes away.

use std::time::Duration;

use bookstore_tests::browser::{Browser, Page};
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::Shop;
use bookstore_tests::stand_in::Fault;
use reqwest::Response;
use tokio::time::timeout;

/// Longer than any loaded machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the shop sends to a page that is open.
struct Events {
    response: Response,
    read: String,
}

impl Events {
    async fn open(browser: &Browser) -> Self {
        let response = browser.client.get(browser.at("/compare/events")).send().await.unwrap();
        Self { response, read: String::new() }
    }

    /// Reads on until this has come, and forgets what was before.
    async fn until(&mut self, text: &str) {
        let came = timeout(PATIENCE, async {
            while !self.read.contains(text) {
                let more = self.response.chunk().await.unwrap().expect("the stream goes on");
                self.read.push_str(&String::from_utf8_lossy(&more));
            }
        });
        assert!(came.await.is_ok(), "{text:?} never comes after {}", self.read);
        self.read.clear();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_open_sees_what_another_replica_with_another_login_adds() {
    let server = shop_server().await;
    let (one, other) =
        (Shop::start(&server.connection_string("webapp")).await, Shop::start(&server.connection_string("sa")).await);
    let (one, other) = (Browser::new(&one.url), Browser::new(&other.url));
    let mut events = Events::open(&one).await;
    events.until("8 books: 8 by sa\"").await;
    one.add("Emma").await;
    events.until("9 books: 8 by sa, 1 by webapp\"").await;
    let book = other.add("Persuasion").await;
    events.until("10 books: 9 by sa, 1 by webapp\"").await;
    let mut fields = other.open(&format!("{book}/edit")).await.form();
    fields.insert("Title".into(), "Sanditon".into());
    other.send(&format!("{book}/edit"), &fields).await;
    events.until("Sanditon").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_the_login_is_called_the_last_known_one() {
    let mut server = shop_server().await;
    let shop = Shop::start(&format!("{};Connect Retry Count=0", server.connection_string("webapp"))).await;
    let browser = Browser::new(&shop.url);
    let mut events = Events::open(&browser).await;
    events.until("Logged in as").await;
    server.stop().await;
    events.until("Last known login").await;
    let page = browser.open("/identity").await;
    assert!(page.texts(".caution").concat().contains("cannot be reached now"), "{}", page.text);
    let line = browser.open("/books").await.texts("aside.identity").concat();
    assert!(line.contains("cannot be reached now") && line.contains("webapp"), "{line}");
    let json = browser.open("/api/v1/identity").await.text;
    assert!(json.contains(r#""reachable":false"#) && json.contains(r#""warnings":["away"]"#), "{json}");
    server.restart().await.unwrap();
    events.until("Logged in as").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sql_login_shows_its_name_and_no_password_and_traffic_in_the_clear_is_marked() {
    let server = shop_server().await;
    let shop = Shop::start(&format!("{};Encrypt=Optional", server.connection_string("webapp"))).await;
    let browser = Browser::new(&shop.url);
    browser.open("/books").await;
    let page = browser.open("/identity").await;
    assert_eq!(page.texts(".caution h2"), ["Not encrypted"]);
    let facts = page.texts(".facts").concat();
    for fact in ["webapp", "SQL", "TCP", "Bookstore", "127.0.0.1", "Only the login is encrypted", "of at most 100"] {
        assert!(facts.contains(fact), "{fact} is not in {facts}");
    }
    let Page { text: json, .. } = browser.open("/api/v1/identity").await;
    assert!(json.contains(r#""source":"password","account":"webapp""#) && json.contains("notEncrypted"), "{json}");
    assert!(!page.text.contains("Secret-2") && !json.contains("Secret-2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_evidence_waits_for_no_database() {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    server.faults().always(Fault::NeverAnswer);
    let page = timeout(PATIENCE, Browser::new(&shop.url).open("/identity")).await.expect("an answer at once");
    assert!(page.text.contains("Not connected to a database yet"), "{}", page.text);
}
