//! A store of its own for each test: a fresh file, or a fresh database on the stand-in or on a real SQL Server.

use std::path::{Path, PathBuf};

use bookstore_db::connection_string::{ConnectionString, SqlServerSettings, Target};
use bookstore_db::migrate::{Options, Report, migrate};
use bookstore_db::store::Store;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::books::everything;
use crate::sql;
use crate::stand_in::StandIn;

/// The variable that names a real SQL Server. Its login must be allowed to create databases.
const REAL_SERVER: &str = "BOOKSTORE_TEST_CONNECTIONSTRING";

/// A store and what it needs to live.
pub struct Fixture {
    /// The store.
    pub store: Store,
    /// The login that its rows are made by.
    pub login: String,
    engine: Engine,
}

enum Engine {
    Embedded { file: PathBuf, _folder: TempDir },
    SqlServer { settings: Box<SqlServerSettings>, _stand_in: Option<Box<StandIn>> },
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
        for book in &store.list(&everything()).await.expect("the seed").books {
            store.delete(book.id, book.version).await.expect("the seed is removed");
        }
        Self { store, login, engine: Engine::Embedded { file, _folder: folder } }
    }

    /// A new, migrated database without books: on the real server if one is named, otherwise on a stand-in.
    ///
    /// # Panics
    /// If the server does not make it.
    pub async fn sql_server() -> Self {
        let (text, stand_in) = match std::env::var(REAL_SERVER) {
            Ok(text) => (text, None),
            Err(_) => {
                let stand_in = StandIn::builder().login("sa", "Secret-1").start().await.expect("the stand-in starts");
                (stand_in.connection_string("sa"), Some(Box::new(stand_in)))
            }
        };
        let mut settings = settings(&text);
        settings.database = Some(format!("BookstoreTest_{}", uuid::Uuid::new_v4().simple()));
        migrate(&settings, &Options::default()).await.expect("the database is made");
        let store = open(&settings);
        store.ping().await.expect("the server answers");
        let login = store.identity().expect("an identity").login.clone();
        Self { store, login, engine: Engine::SqlServer { settings: Box::new(settings), _stand_in: stand_in } }
    }

    /// Leaves nothing on a real server.
    ///
    /// # Panics
    /// If the server does not drop the database.
    pub async fn drop_database(self) {
        drop(self.store);
        if let Engine::SqlServer { mut settings, .. } = self.engine {
            let database = settings.database.replace("master".to_owned()).unwrap_or_default();
            sql::batch(&settings, &format!("DROP DATABASE [{database}]")).await.expect("the database is dropped");
        }
    }

    /// Puts in so many books as another login, as an owner of the database can.
    ///
    /// # Panics
    /// If the store does not take them.
    pub async fn fill_as(&self, login: &str, count: u32) {
        match &self.engine {
            Engine::Embedded { file, .. } => fill_embedded(file, login, count).expect("the books are put in"),
            Engine::SqlServer { settings, .. } => {
                let row = format!("(N'Book', N'First', N'Last', 1, 1.00, N'English', N'Publisher', N'{login}')");
                let rows = vec![row; count as usize].join(", ");
                let insert = format!("INSERT INTO dbo.Books ({COLUMNS}, CreatedBy) VALUES {rows}");
                sql::batch(settings, &insert).await.expect("the books are put in");
            }
        }
    }

    /// Puts in so many books quickly.
    ///
    /// # Panics
    /// If the store does not take them.
    pub async fn fill(&self, count: u32) {
        match &self.engine {
            Engine::Embedded { file, .. } => fill_embedded(file, &self.login, count).expect("the books are put in"),
            Engine::SqlServer { settings, .. } => fill_sql_server(settings, count).await,
        }
    }
}

/// The settings of a connection string that names a SQL Server.
///
/// # Panics
/// If it does not.
pub fn settings(text: &str) -> SqlServerSettings {
    match text.parse().expect("a connection string") {
        ConnectionString { target: Target::SqlServer(settings), .. } => *settings,
        other => panic!("{other} names no SQL Server"),
    }
}

/// A store on these settings.
///
/// # Panics
/// If this build cannot log in so.
pub fn open(settings: &SqlServerSettings) -> Store {
    let target = Target::SqlServer(Box::new(settings.clone()));
    Store::open(&ConnectionString { target, warnings: Vec::new() }).expect("the store opens")
}

/// A stand-in with a migrated and seeded database, the login `sa`, and the login `webapp`, which may only what the shop needs.
///
/// # Panics
/// If it does not start.
pub async fn shop_server() -> StandIn {
    let logins = StandIn::builder().login("sa", "Secret-1").login("webapp", "Secret-2");
    let server = logins.database("Bookstore").start().await.expect("the stand-in starts");
    prepare(&server, "webapp").await;
    server
}

/// Migrates and seeds the server's database and lets the login use it.
///
/// # Panics
/// If the server does not.
pub async fn prepare(server: &StandIn, login: &str) -> Report {
    let options = Options { seed: true, grant: Some(login.to_owned()) };
    migrate(&settings(&server.connection_string("sa")), &options).await.expect("the database is migrated")
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

const COLUMNS: &str = "Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher";

/// Puts so many books into a migrated database: doubles the rows until there are enough.
///
/// # Panics
/// If the server does not take them.
pub async fn fill_sql_server(settings: &SqlServerSettings, count: u32) {
    let one = format!(
        "INSERT INTO dbo.BookEntries ({COLUMNS}) VALUES (N'Book', N'First', N'Last', 1, 1.00, N'English', N'Publisher')"
    );
    sql::batch(settings, &one).await.expect("the first row");
    let mut rows = 1;
    while rows < count {
        let more = rows.min(count - rows);
        let double = format!("INSERT INTO dbo.BookEntries ({COLUMNS}) SELECT TOP ({more}) {COLUMNS} FROM dbo.Books");
        sql::batch(settings, &double).await.expect("more rows");
        rows += more;
    }
}
