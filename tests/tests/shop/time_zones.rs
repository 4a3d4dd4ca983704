//! Replicas and database in three time zones.

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::prepare;
use bookstore_tests::shop::Shop;
use serde_json::Value;
use sql_server_stand_in::StandIn;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// Adds a book and returns its time as both replicas report it, in the API and on its page.
async fn times(one: &Shop, other: &Shop) -> Vec<String> {
    let (one, other) = (Browser::new(&one.url), Browser::new(&other.url));
    let book = one.add("Emma").await;
    let mut times = Vec::new();
    for browser in [&one, &other] {
        let json: Value = serde_json::from_str(&browser.open(&format!("/api/v1{book}")).await.text).unwrap();
        times.push(json["createdOn"].as_str().unwrap().to_owned());
        let page = browser.open(&book).await.text;
        let (_, time) = page.split_once("<time datetime=\"").unwrap();
        times.push(time.split('"').next().unwrap().to_owned());
    }
    times
}

fn assert_one_instant(times: &[String], offset: &str) {
    assert!(times.iter().all(|time| *time == times[0] && time.ends_with(offset)), "{times:?}");
    let age = OffsetDateTime::now_utc() - OffsetDateTime::parse(&times[0], &Rfc3339).unwrap();
    assert!((Duration::ZERO..Duration::hours(1)).contains(&age), "{times:?} is {age} ago");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_and_database_in_three_zones_show_one_instant() {
    let server = StandIn::builder().login("sa", "Secret-1").login("webapp", "Secret-2").utc_offset(330);
    let server = server.database("Bookstore").start().await.unwrap();
    prepare(&server, "webapp").await;
    let text = server.connection_string("webapp");
    let tokyo = Shop::start_with(&text, &[("TZ", "Asia/Tokyo")]).await;
    let los_angeles = Shop::start_with(&text, &[("TZ", "America/Los_Angeles")]).await;
    assert_one_instant(&times(&tokyo, &los_angeles).await, "+05:30");
    let page = Browser::new(&tokyo.url).open("/books").await.texts("main").concat();
    assert!(page.contains("UTC+05:30"), "{page}");
}

#[tokio::test]
async fn embedded_store_in_two_zones_shows_one_instant() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("Server=(embedded);AttachDbFilename={};User ID=sa", folder.path().join("books.db").display());
    let tokyo = Shop::start_with(&text, &[("TZ", "Asia/Tokyo")]).await;
    let los_angeles = Shop::start_with(&text, &[("TZ", "America/Los_Angeles")]).await;
    assert_one_instant(&times(&tokyo, &los_angeles).await, "+00:00");
}
