//! What clients were promised, book by book, and whether the database keeps it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use bookstore_db::connection_string::SqlServerSettings;
use bookstore_tests::sql;
use rusqlite::Connection;

/// What is known of one book. Its title names it: every create has a title of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Promise {
    /// The database must have the book, must not have it, or may have it: a write was never acknowledged.
    pub(crate) exists: Option<bool>,
    /// The numbers of reviews that the book may have.
    pub(crate) reviews: Vec<i32>,
}

/// A book in the database.
#[derive(Debug)]
pub(crate) struct Row {
    title: String,
    reviews: i32,
    creator: String,
}

/// The promises of all clients.
#[derive(Debug, Default)]
pub(crate) struct Ledger(Mutex<HashMap<String, Promise>>);

/// How the database differs from the promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Differences {
    /// Acknowledged creates, edits and deletes that are not in the database.
    pub(crate) lost: usize,
    /// Books that are there more than once.
    pub(crate) doubled: usize,
    /// Books with another creator than the shop's login.
    pub(crate) wrong_creators: usize,
}

impl Ledger {
    pub(crate) fn record(&self, title: &str, promise: Promise) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(title.to_owned(), promise);
    }

    /// Compares with the rows of the database, which another client than the shop has read.
    pub(crate) fn check(&self, stored: Vec<Row>, creator: &str) -> Differences {
        let mut rows: HashMap<String, Vec<i32>> = HashMap::new();
        let mut differences = Differences::default();
        for row in stored {
            differences.wrong_creators += usize::from(row.creator != creator);
            rows.entry(row.title).or_default().push(row.reviews);
        }
        let promises = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (title, promise) in promises.iter() {
            let found = rows.remove(title).unwrap_or_default();
            differences.doubled += usize::from(found.len() > 1);
            let kept = match (promise.exists, found.first()) {
                (Some(false), reviews) => reviews.is_none(),
                (Some(true), None) => false,
                (None, None) => true,
                (_, Some(reviews)) => promise.reviews.contains(reviews),
            };
            if !kept {
                eprintln!("{title:?} was promised as {promise:?}, and the database has {found:?}");
            }
            differences.lost += usize::from(!kept);
        }
        // A book that nobody asked for.
        differences.doubled += rows.len();
        differences
    }
}

/// The books of all clients, read from SQL Server.
///
/// # Errors
/// The error of the database.
pub(crate) async fn read_server(administrator: &SqlServerSettings) -> Result<Vec<Row>, tiberius::error::Error> {
    let statement = "SELECT Title, AvgCustomerReviews, CreatedBy FROM dbo.Books WHERE Publisher = N'Campaign'";
    let sets = sql::batch(administrator, statement).await?;
    let text = |row: &tiberius::Row, column| row.get::<&str, _>(column).unwrap_or_default().to_owned();
    let row = |row: tiberius::Row| Row {
        title: text(&row, "Title"),
        reviews: row.get("AvgCustomerReviews").unwrap_or_default(),
        creator: text(&row, "CreatedBy"),
    };
    Ok(sets.into_iter().flatten().map(row).collect())
}

/// The same from the file of an embedded store.
///
/// # Errors
/// The error of SQLite.
pub(crate) fn read_file(file: &Path) -> rusqlite::Result<Vec<Row>> {
    let books = Connection::open(file)?;
    let mut rows = books.prepare("SELECT Title, AvgCustomerReviews, CreatedBy, Publisher FROM Books")?;
    let row = |row: &rusqlite::Row<'_>| {
        let read = Row { title: row.get(0)?, reviews: row.get(1)?, creator: row.get(2)? };
        Ok((row.get::<_, String>(3)? == "Campaign").then_some(read))
    };
    rows.query_map([], row)?.filter_map(Result::transpose).collect()
}
