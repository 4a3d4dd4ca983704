//! What clients were promised, book by book, and whether the database keeps it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bookstore_db::connection_string::SqlServerSettings;
use bookstore_tests::sql;

/// What is known of one book. Its title names it: every create has a title of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Promise {
    /// The database must have the book, must not have it, or may have it: a write was never acknowledged.
    pub(crate) exists: Option<bool>,
    /// The numbers of reviews that the book may have.
    pub(crate) reviews: Vec<i32>,
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

    /// Compares with the database, read by another client than the shop.
    ///
    /// # Errors
    /// The error of the database.
    pub(crate) async fn check(
        &self,
        settings: &SqlServerSettings,
        creator: &str,
    ) -> Result<Differences, tiberius::error::Error> {
        let statement = "SELECT Title, AvgCustomerReviews, CreatedBy FROM dbo.Books WHERE Publisher = N'Campaign'";
        let mut rows: HashMap<String, Vec<i32>> = HashMap::new();
        let mut differences = Differences::default();
        for row in sql::batch(settings, statement).await?.into_iter().flatten() {
            let text = |column| row.get::<&str, _>(column).unwrap_or_default();
            differences.wrong_creators += usize::from(text("CreatedBy") != creator);
            rows.entry(text("Title").to_owned()).or_default().extend(row.get::<i32, _>("AvgCustomerReviews"));
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
        Ok(differences)
    }
}
