//! Repeats one piece of work, so that `bench/instructions.sh` can count the instructions of one repetition.

#![allow(clippy::expect_used, clippy::panic, reason = "a failed measurement has no figure")]

use std::hint::black_box;
use std::sync::Arc;

use bookstore_db::book::{Book, BookId, RequestId};
use bookstore_db::connection_string::ConnectionString;
use bookstore_db::identity::{AuthScheme, Encryption, Identity, LoginState};
use bookstore_db::list::{BookPage, CreatorCount};
use bookstore_db::price::Price;
use bookstore_db::sql_server::replay::{self, Stage};
use time::OffsetDateTime;
use tokio::runtime::Builder;

const CONNECTION_STRING: &str = "Server=tcp:sql.contoso.example,1433;Database=Bookstore;Integrated Security=true;\
    Server SPN=MSSQLSvc/sql.contoso.example:1433;Encrypt=Strict;Connect Timeout=30;Application Name=shop";
/// The reply of the stand-in to the list of 20 books. `tests/tests/sql_server/recording.rs` records it.
const LIST_REPLY: &[u8] = include_bytes!("../list.reply");

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (work, times) = (arguments.next(), arguments.next().and_then(|times| times.parse().ok()));
    match (work.as_deref(), times) {
        (Some("parse"), Some(times)) => parse(times),
        (Some("render"), Some(times)) => render(times),
        (Some("read"), Some(times)) => read(times),
        _ => panic!("usage: instructions parse|render|read TIMES"),
    }
}

/// Parses a connection string.
fn parse(times: u32) {
    for _ in 0..times {
        black_box(ConnectionString::parse(black_box(CONNECTION_STRING)).expect("a valid string"));
    }
}

/// Renders the list of 20 books.
fn render(times: u32) {
    let (page, login) = (page(), login());
    for _ in 0..times {
        black_box(bookstore_web::measuring::list_page(black_box(&page), &login));
    }
}

/// Opens a connection and reads the list of 20 books.
fn read(times: u32) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for _ in 0..times {
            replay::read(Stage::Statement, LIST_REPLY).await.expect("the recorded reply");
        }
    });
}

fn page() -> BookPage {
    let books = (1..=20).map(book).collect();
    let creator = |created_by: &str| CreatorCount {
        created_by: created_by.to_owned(),
        books: 10,
        first_on: Some(OffsetDateTime::UNIX_EPOCH),
        last_on: Some(OffsetDateTime::UNIX_EPOCH),
    };
    BookPage { books, total: 100, creators: vec![creator("sa"), creator(r"CONTOSO\webgmsa$")] }
}

fn book(id: i32) -> Book {
    Book {
        id: BookId(id),
        title: format!("Les Misérables & other books, volume {id}"),
        author_first_name: "Victor".to_owned(),
        author_last_name: "Hugo".to_owned(),
        avg_customer_reviews: 2_862,
        price: Price::from_cents(1_800).expect("a price"),
        book_language: "French".to_owned(),
        publisher: "A. Lacroix, Verboeckhoven & Cie".to_owned(),
        created_by: if id % 2 == 0 { "sa" } else { r"CONTOSO\webgmsa$" }.to_owned(),
        created_on: Some(OffsetDateTime::UNIX_EPOCH),
        version: 1,
        request_id: RequestId(uuid::Uuid::from_u128(id.unsigned_abs().into())),
        is_out_of_range: false,
    }
}

fn login() -> LoginState {
    let identity = Identity {
        login: r"CONTOSO\webgmsa$".to_owned(),
        original_login: r"CONTOSO\webgmsa$".to_owned(),
        auth_scheme: AuthScheme::Kerberos,
        transport: Some("TCP".to_owned()),
        spn: Some("MSSQLSvc/sql.contoso.example:1433".to_owned()),
        encryption: Encryption::Full,
        tls: None,
        server: "sql".to_owned(),
        server_version: "16.0.4135.4".to_owned(),
        database: "Bookstore".to_owned(),
        client_address: Some("10.0.0.7".to_owned()),
    };
    LoginState { identity: Some(Arc::new(identity)), since: Some(OffsetDateTime::UNIX_EPOCH), outage: None }
}
