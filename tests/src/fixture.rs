//! A store of its own for each test: a fresh file, or a fresh database.

use std::path::{Path, PathBuf};

use bookstore_db::store::Store;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::books::everything;

/// A store and what it needs to live.
#[derive(Debug)]
pub struct Fixture {
    /// The store.
    pub store: Store,
    /// The login that its rows are made by.
    pub login: String,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Embedded { file: PathBuf, _folder: TempDir },
}

impl Fixture {
    /// An embedded store without books, whose rows are made by `DOMAIN\webgmsa$`.
    ///
    /// # Panics
    /// If there is no temporary folder to write to.
    pub async fn embedded() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("bookstore.db");
        let login = "DOMAIN\\webgmsa$".to_owned();
        let text = format!("Server=(embedded);AttachDbFilename={};User ID={login}", file.display());
        let store = Store::open(&text.parse().expect("a connection string")).expect("the store opens");
        for book in store.list(&everything()).await.expect("the seed").books {
            store.delete(book.id, book.version).await.expect("the seed is removed");
        }
        Self { store, login, engine: Engine::Embedded { file, _folder: folder } }
    }

    /// Puts in so many books quickly.
    ///
    /// # Panics
    /// If the store does not take them.
    pub async fn fill(&self, count: u32) {
        match &self.engine {
            Engine::Embedded { file, .. } => fill_embedded(file, &self.login, count).expect("the books are put in"),
        }
    }
}

/// Puts so many books into an embedded store, as `login`. The store itself commits each book by itself, which takes minutes.
///
/// # Errors
/// What SQLite says.
pub fn fill_embedded(file: &Path, login: &str, count: u32) -> rusqlite::Result<()> {
    let books = Connection::open(file)?;
    books.create_collation(c"caseless", |left: &str, right: &str| left.to_lowercase().cmp(&right.to_lowercase()))?;
    books.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
         INSERT INTO Books (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher,
             CreatedBy, RequestId)
         SELECT 'Book ' || i, 'First ' || (i % 100), 'Last ' || (i % 1000), i % 5000, i % 100000, 'English',
             'Publisher ' || (i % 50), ?2, lower(hex(randomblob(16)))
         FROM n",
        (count, login),
    )?;
    Ok(())
}
