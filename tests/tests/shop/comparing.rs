//! `/compare` and the identity line: current while other replicas write, and correct during an outage.

use std::time::Duration;

use bookstore_tests::browser::{Browser, Page};
use bookstore_tests::fixture::shop_server;
use bookstore_tests::server::TestServer;
use bookstore_tests::shop::Shop;
use bookstore_tests::switching::SwitchingShop;
use reqwest::Response;
use sql_server_stand_in::Fault;
use tokio::time::timeout;

/// Longer than a loaded machine needs.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The live stream of an open page.
struct Events {
    response: Response,
    read: String,
}

impl Events {
    async fn open(browser: &Browser) -> Self {
        let response = browser.client.get(browser.at("/events")).send().await.unwrap();
        Self { response, read: String::new() }
    }

    /// Reads until this text arrives, and discards what was read.
    async fn wait_for(&mut self, text: &str) {
        let read = timeout(TIME_LIMIT, async {
            while !self.read.contains(text) {
                let more = self.response.chunk().await.unwrap().expect("the stream does not end");
                self.read.push_str(&String::from_utf8_lossy(&more));
            }
        });
        assert!(read.await.is_ok(), "{text:?} is not in {}", self.read);
        self.read.clear();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_page_shows_books_added_by_another_replica() {
    let server = TestServer::of_shop().await;
    let (admin, login) = (server.admin(), server.shop_login());
    let shops = [Shop::start(&server.shop_connection_string()).await, Shop::start(&server.connection_string()).await];
    let [one, other] = shops.each_ref().map(|shop| Browser::new(&shop.url));
    let mut events = Events::open(&one).await;
    events.wait_for("marker\":\"1.8.").await;
    one.add("Emma").await;
    events.wait_for("marker\":\"1.9.").await;
    assert_eq!(compared(&one).await, format!("9 books: 8 by {admin}, 1 by {login}"));
    let book = other.add("Persuasion").await;
    events.wait_for("marker\":\"1.10.").await;
    assert_eq!(compared(&one).await, format!("10 books: 9 by {admin}, 1 by {login}"));
    let mut fields = other.open(&format!("{book}/edit")).await.form();
    fields.insert("Title".into(), "Sanditon".into());
    other.send(&format!("{book}/edit"), &fields).await;
    events.wait_for("marker\":\"1.10.").await;
    assert!(one.open("/compare").await.text.contains("Sanditon"));
    drop((events, shops));
    server.drop_database().await;
}

/// What the open page announces after it has loaded its content again.
async fn compared(browser: &Browser) -> String {
    browser.open("/compare").await.attribute("#comparison", "data-summary")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switch_of_the_connection_string_reaches_every_open_page() {
    let server = TestServer::of_shop().await;
    let shop = SwitchingShop::new(&server.connection_string()).await;
    let mut events = Events::open(&shop.browser).await;
    events.wait_for("marker\":\"1.8.").await;
    shop.switch(&server.shop_connection_string()).await;
    // Another marker, so that pages load their content again, and the new login in the same event.
    events.wait_for("marker\":\"2.8.").await;
    assert!(shop.browser.open("/books").await.texts("#identity-line").concat().contains(server.shop_login()));
    drop((events, shop));
    server.drop_database().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outage_shows_the_last_known_login() {
    let mut server = shop_server().await;
    let shop = Shop::start(&format!("{};Connect Retry Count=0", server.connection_string("webapp"))).await;
    let browser = Browser::new(&shop.url);
    let mut events = Events::open(&browser).await;
    events.wait_for("Logged in as").await;
    server.stop().await;
    events.wait_for("Last known login").await;
    let page = browser.open("/identity").await;
    assert!(page.texts(".caution").concat().contains("database is unavailable"), "{}", page.text);
    let line = browser.open("/books").await.texts("#identity-line").concat();
    assert!(line.contains("database server is unreachable") && line.contains("webapp"), "{line}");
    let json = browser.open("/api/v1/identity").await.text;
    assert!(json.contains(r#""reachable":false"#) && json.contains(r#""warnings":["unavailable"]"#), "{json}");
    server.restart().await.unwrap();
    events.wait_for("Logged in as").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn identity_page_hides_the_password_and_warns_of_clear_text() {
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
async fn identity_page_does_not_wait_for_the_database() {
    let server = shop_server().await;
    server.faults().always(Fault::NeverAnswer);
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let page =
        timeout(TIME_LIMIT, Browser::new(&shop.url).open("/identity")).await.expect("a response without waiting");
    assert!(page.text.contains("Not connected to a database yet"), "{}", page.text);
}
