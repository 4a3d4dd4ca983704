//! Fills a store with many books, faster than the shop's own writes would.

use std::path::Path;

use bookstore_db::connection_string::SqlServerSettings;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

use crate::driver::connect;

/// Adds `count` books by `login` to a new embedded store.
pub(crate) fn embedded(file: &Path, login: &str, count: u32) {
    let store = Connection::open(file).expect("the embedded store");
    let by_case = |left: &str, right: &str| left.to_lowercase().cmp(&right.to_lowercase());
    store.create_collation(c"caseless", by_case).expect("a collation");
    let lower = |text: &mut Context<'_>| text.get::<String>(0).map(|text| text.to_lowercase());
    store.create_scalar_function(c"fold", 1, FunctionFlags::SQLITE_UTF8, lower).expect("a function");
    store.execute(include_str!("../sql/fill_embedded.sql"), (count, login)).expect("the books are added");
}

/// Doubles the eight books of a seeded database until `count` were added.
pub(crate) async fn sql_server(settings: &SqlServerSettings, count: u32) {
    let mut client = connect(settings).await;
    let mut added = 0;
    while added < count {
        let batch = (added + 8).min(count - added);
        let query = client.query(include_str!("../sql/fill_sql_server.sql"), &[&i64::from(batch)]).await;
        query.expect("a response").into_results().await.expect("the books are added");
        added += batch;
    }
}
