//! The CSV export.

use axum::body::to_bytes;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use bookstore_db::book::RequestId;

use super::shop::{ID, Shop, emma};
use crate::server::telemetry::captured_log::CapturedLog;
use crate::server::telemetry::request_fields::WithRequest;

#[tokio::test]
async fn csv_has_the_filtered_books_and_no_formulas() {
    let shop = Shop::open();
    shop.post("/books/new", &emma(&[("RequestId", ID), ("Title", "=HYPERLINK(\"x\")"), ("Publisher", "a, b")])).await;
    let all = shop.get("/books.csv").await;
    assert_eq!(all.headers[CONTENT_TYPE], "text/csv; charset=utf-8");
    assert!(all.body.starts_with("\u{FEFF}Id,Title,AuthorFirstName") && all.body.matches("\r\n").count() == 10);
    assert!(
        all.body.contains("9,\"'=HYPERLINK(\"\"x\"\")\",Jane Austen") && all.body.contains(",\"a, b\","),
        "{}",
        all.body
    );
    let moby = shop.get("/books.csv?q=melville").await.body;
    assert!(moby.contains("Moby-Dick") && moby.matches("\r\n").count() == 2, "{moby}");
}

#[tokio::test]
async fn export_takes_one_of_its_own_slots_until_it_is_sent() {
    let shop = Shop::open();
    let unread = shop.respond("/books.csv").await;
    assert_eq!(unread.status(), StatusCode::OK);
    assert_eq!(shop.get("/books.csv").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(shop.get("/books").await.status, StatusCode::OK);
    drop(unread);
    assert_eq!(shop.get("/books.csv").await.status, StatusCode::OK);
}

#[tokio::test]
async fn error_after_the_first_piece_is_logged_with_the_request() {
    let shop = Shop::open();
    // With the eight sample books, one piece and some.
    for _ in 0..1000 {
        let id = RequestId::random().to_string();
        assert_eq!(shop.post("/books/new", &emma(&[("RequestId", &id)])).await.status, StatusCode::SEE_OTHER);
    }
    let log = CapturedLog::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false);
    let subscriber = subscriber.map_event_format(WithRequest::text).finish();
    let _log_of_this_thread = tracing::subscriber::set_default(subscriber);
    let response = shop.respond("/books.csv").await;
    assert_eq!(response.status(), StatusCode::OK);
    std::fs::remove_file(&shop.file).unwrap();
    assert!(to_bytes(response.into_body(), 1 << 22).await.is_err());
    let log = log.text();
    let line = log.lines().find(|line| line.contains("export broken off")).unwrap();
    assert!(line.contains("path=\"/books.csv\"") && line.contains("cause="), "{log}");
}
