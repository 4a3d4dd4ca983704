//! Requests that clients of the API send again because no reply arrived.

use bookstore_tests::browser::{Browser, Page};
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::Shop;
use bookstore_tests::sql;
use bookstore_tests::wait::{PATIENCE, eventually};
use reqwest::Method;
use serde_json::{Value, json};
use sql_server_stand_in::{Fault, Gate, StandIn};

fn emma(title: &str) -> Value {
    json!({
        "title": title, "authorFirstName": "Jane", "authorLastName": "Austen", "avgCustomerReviews": 1,
        "price": "1.00", "bookLanguage": "English", "publisher": "John Murray",
    })
}

/// Sends a request with one more header.
async fn send(browser: &Browser, method: Method, path: &str, header: (&str, &str), body: &Value) -> Page {
    let request = browser.client.request(method, browser.at(path)).header(header.0, header.1).json(body);
    Page::read(request.send().await.unwrap()).await
}

fn parsed(page: &Page) -> Value {
    serde_json::from_str(&page.text).unwrap_or_else(|error| panic!("{error}: {}", page.text))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn put_repeated_after_command_timeout_is_recognised_as_done() {
    let server = shop_server().await;
    let shop = Shop::start(&format!("{};Command Timeout=4", server.connection_string("webapp"))).await;
    let browser = Browser::new(&shop.url);
    let put =
        async |title: &str| send(&browser, Method::PUT, "/api/v1/books/1", ("If-Match", "\"v1\""), &emma(title)).await;
    // The server does the write, and its reply does not arrive in time.
    let gate = Gate::closed();
    server.faults().once_for("UPDATE dbo.BookEntries", Fault::HoldReply(gate.clone()));
    let first = put("Emma").await;
    assert_eq!((first.status.as_u16(), &parsed(&first)["reason"]), (503, &"timed-out".into()), "{}", first.text);
    assert_eq!(gate.arrivals(), 1);
    gate.open();
    let again = put("Emma").await;
    assert_eq!(again.status, 200, "{}", again.text);
    assert_eq!((&parsed(&again)["title"], &parsed(&again)["version"]), (&"Emma".into(), &2.into()));
    // Another text for the same version is an edit of somebody else.
    assert_eq!(put("Persuasion").await.status, 412);
}

/// Sends a write of book 1, which another client edits after the write has read it.
async fn race(server: &StandIn, browser: &Browser, method: Method, etag: &str) -> Page {
    let gate = Gate::closed();
    server.faults().once_for("where b.id = @p1", Fault::HoldReply(gate.clone()));
    let other = async {
        eventually("the book is read", PATIENCE, async || gate.arrivals() > 0).await;
        let edited = send(browser, Method::PUT, "/api/v1/books/1", ("If-Match", "*"), &emma("Other")).await;
        gate.open();
        assert_eq!(edited.status, 200, "{}", edited.text);
    };
    let text = emma("Emma");
    tokio::join!(send(browser, method, "/api/v1/books/1", ("If-Match", etag), &text), other).0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn write_on_any_version_succeeds_after_a_race() {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let browser = Browser::new(&shop.url);
    assert_eq!(race(&server, &browser, Method::PUT, "\"v1\"").await.status, 412);
    let edited = race(&server, &browser, Method::PUT, "*").await;
    assert_eq!((edited.status.as_u16(), &parsed(&edited)["version"]), (200, &4.into()), "{}", edited.text);
    assert_eq!(race(&server, &browser, Method::DELETE, "*").await.status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_version_follows_the_highest_and_can_be_repeated() {
    let server = shop_server().await;
    let highest = "UPDATE dbo.BookEntries SET Version = 2147483647 WHERE Id = 1";
    sql::batch(&sql::settings(&server.connection_string("sa")), highest).await.unwrap();
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let browser = Browser::new(&shop.url);
    let version = ("If-Match", "\"v2147483647\"");
    // The second time as a client whose reply was lost.
    for _ in 0..2 {
        let edited = send(&browser, Method::PUT, "/api/v1/books/1", version, &emma("Emma")).await;
        assert_eq!((edited.status.as_u16(), &parsed(&edited)["version"]), (200, &1.into()), "{}", edited.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_clients_that_put_the_same_text_both_succeed() {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let browser = Browser::new(&shop.url);
    let (text, version) = (emma("Emma"), ("If-Match", "\"v1\""));
    let put = || send(&browser, Method::PUT, "/api/v1/books/1", version, &text);
    for answer in <[Page; 2]>::from(tokio::join!(put(), put())) {
        assert_eq!((answer.status.as_u16(), &parsed(&answer)["version"]), (200, &2.into()), "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_cost_two_statements_and_reads_of_a_book_one() {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let browser = Browser::new(&shop.url);
    // The first read opens the connection and makes the replica ready; nothing else sends statements after it.
    let admin = Browser::new(&shop.admin_url);
    eventually("the replica is ready", PATIENCE, async || admin.open("/readyz").await.status == 200).await;
    let sent = || server.counters().statements();
    for (method, path, header, body, status, statements) in [
        (Method::GET, "/api/v1/books/1", ("Accept", "*/*"), Value::Null, 200, 1),
        (Method::POST, "/api/v1/books", ("Accept", "*/*"), emma("Emma"), 201, 1),
        (Method::PUT, "/api/v1/books/1", ("If-Match", "\"v1\""), emma("Emma"), 200, 2),
        (Method::DELETE, "/api/v1/books/1", ("If-Match", "\"v2\""), Value::Null, 204, 2),
    ] {
        let before = sent();
        let answer = send(&browser, method.clone(), path, header, &body).await;
        assert_eq!((answer.status.as_u16(), sent() - before), (status, statements), "{method} {path}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn create_is_applied_once_while_its_book_exists() {
    let server = shop_server().await;
    let shop = Shop::start(&server.connection_string("webapp")).await;
    let browser = Browser::new(&shop.url);
    let key = uuid::Uuid::new_v4().to_string();
    let create = async || {
        let created = send(&browser, Method::POST, "/api/v1/books", ("Idempotency-Key", &key), &emma("Emma")).await;
        assert_eq!(created.status, 201, "{}", created.text);
        created.location.unwrap().replacen("/api/v1", "", 1)
    };
    let book = create().await;
    assert_eq!(create().await, book);
    let api = format!("/api/v1{book}");
    assert_eq!(send(&browser, Method::DELETE, &api, ("If-Match", "\"v1\""), &Value::Null).await.status, 204);
    // As the API's document says: the key is stored with its book.
    let other = create().await;
    assert_ne!(other, book);
    assert_eq!(browser.open(&api).await.status, 404);
    let document = browser.open("/api/openapi.json").await.text;
    assert!(document.contains("After the book is deleted, the same request creates it again."), "{document}");
}
