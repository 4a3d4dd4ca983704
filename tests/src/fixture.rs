//! A separate store per test: a new file, or a new database on the stand-in or on a real SQL Server.

use std::path::{Path, PathBuf};
use std::process::Command;

use bookstore_db::connection_string::{ConnectionString, SqlServerSettings, Target};
use bookstore_db::migrate::{MigrationOptions, MigrationReport, migrate};
use bookstore_db::store::Store;
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use tempfile::TempDir;

use crate::books::first_page;
use crate::server::TestServer;
use crate::sql;
pub use crate::sql::settings;
use sql_server_stand_in::StandIn;

/// How often to ask a server that is slow to open its first session.
const LOGIN_ATTEMPTS: u32 = 10;

/// A store, and the file or server behind it.
pub struct Fixture {
    /// The store.
    pub store: Store,
    /// The login that creates its rows.
    pub login: String,
    engine: Engine,
}

enum Engine {
    Embedded { file: PathBuf, _folder: TempDir },
    SqlServer(Box<TestServer>),
}

impl Fixture {
    /// An embedded store without books, whose login is `DOMAIN\webgmsa$`.
    ///
    /// # Panics
    /// If there is no temporary folder to write to.
    pub async fn embedded() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("bookstore.db");
        let login = "DOMAIN\\webgmsa$".to_owned();
        let text = format!("Server=(embedded);AttachDbFilename={};User ID={login}", file.display());
        let store = Store::open(&text.parse().expect("a connection string")).expect("the store opens");
        for book in &store.list(&first_page()).await.expect("the seed").books {
            store.delete(book.id, book.version).await.expect("the seed is removed");
        }
        Self { store, login, engine: Engine::Embedded { file, _folder: folder } }
    }

    /// A new, migrated database without books: on the real server if one is named, otherwise on a stand-in.
    ///
    /// # Panics
    /// If the server does not create it.
    pub async fn sql_server() -> Self {
        let server = TestServer::start().await;
        let settings = server.settings();
        migrate(&settings, &MigrationOptions::default()).await.expect("the database is created");
        let store = open(&settings);
        let mut answer = store.ping().await;
        // The first session of a new database on Babelfish may take longer than the pool waits.
        for _ in 0..LOGIN_ATTEMPTS {
            if answer.is_ok() {
                break;
            }
            answer = store.ping().await;
        }
        answer.expect("the server answers");
        let login = store.identity().expect("an identity").login.clone();
        Self { store, login, engine: Engine::SqlServer(Box::new(server)) }
    }

    /// Whether the server is Babelfish.
    ///
    /// # Panics
    /// If the server does not say.
    pub async fn is_babelfish(&self) -> bool {
        match &self.engine {
            Engine::Embedded { .. } => false,
            Engine::SqlServer(server) => server.is_babelfish().await,
        }
    }

    /// Drops the database, so that nothing stays on a real server.
    ///
    /// # Panics
    /// If the server does not drop the database.
    pub async fn drop_database(self) {
        drop(self.store);
        if let Engine::SqlServer(server) = self.engine {
            server.drop_database().await;
        }
    }

    /// Inserts `count` books with another creator, as an owner of the database can.
    ///
    /// # Panics
    /// If the store refuses them.
    pub async fn fill_as(&self, login: &str, count: u32) {
        match &self.engine {
            Engine::Embedded { file, .. } => fill_embedded(file, login, count).expect("the books are inserted"),
            Engine::SqlServer(server) => {
                let row = format!("(N'Book', N'First', N'Last', 1, 1.00, N'English', N'Publisher', N'{login}')");
                let rows = vec![row; count as usize].join(", ");
                let insert = format!("INSERT INTO dbo.Books ({COLUMNS}, CreatedBy) VALUES {rows}");
                server.run(&insert).await;
            }
        }
    }

    /// Inserts `count` books quickly.
    ///
    /// # Panics
    /// If the store refuses them.
    pub async fn fill(&self, count: u32) {
        match &self.engine {
            Engine::Embedded { file, .. } => fill_embedded(file, &self.login, count).expect("the books are inserted"),
            Engine::SqlServer(server) => fill_sql_server(&server.settings(), count).await,
        }
    }
}

/// A store on these settings.
///
/// # Panics
/// If this build does not support the login.
pub fn open(settings: &SqlServerSettings) -> Store {
    let target = Target::SqlServer(Box::new(settings.clone()));
    Store::open(&ConnectionString { target, warnings: Vec::new() }).expect("the store opens")
}

/// A stand-in with a migrated and seeded database, the login `sa`, and the login `webapp` with the shop's permissions
/// only.
///
/// # Panics
/// If it does not start.
pub async fn shop_server() -> StandIn {
    let logins = StandIn::builder().login("sa", "Secret-1").login("webapp", "Secret-2");
    let server = logins.database("Bookstore").start().await.expect("the stand-in starts");
    prepare(&server, "webapp").await;
    server
}

/// Sets the database as `bookstore migrate` sets one that it creates.
///
/// # Panics
/// If the server refuses it.
pub async fn turn_on_snapshot_reads(settings: &SqlServerSettings) {
    let database = settings.database.as_deref().unwrap_or_default();
    let master = SqlServerSettings { database: Some("master".to_owned()), ..settings.clone() };
    let statement = bookstore_db::sql_server::turn_on_snapshot_reads(database);
    sql::batch(&master, &statement).await.expect("the option is set");
}

/// Migrates and seeds the server's database and admits the login.
///
/// # Panics
/// If the migration fails.
pub async fn prepare(server: &StandIn, login: &str) -> MigrationReport {
    prepare_database(&settings(&server.connection_string("sa")), login).await
}

/// Migrates and seeds the database that these settings of an administrator name, and admits the login.
///
/// # Panics
/// If the migration fails.
pub async fn prepare_database(administrator: &SqlServerSettings, login: &str) -> MigrationReport {
    let options = MigrationOptions { seed: true, grant: Some(login.to_owned()), ..MigrationOptions::default() };
    turn_on_snapshot_reads(administrator).await;
    migrate(administrator, &options).await.expect("the database is migrated")
}

/// Inserts `count` books of `login` into an embedded store in one transaction. Through the store, one by one, it takes
/// minutes.
///
/// # Errors
/// The error of SQLite.
pub fn fill_embedded(file: &Path, login: &str, count: u32) -> rusqlite::Result<()> {
    let books = Connection::open(file)?;
    books.create_collation(c"caseless", |left: &str, right: &str| left.to_lowercase().cmp(&right.to_lowercase()))?;
    // The rows are ASCII.
    books.create_scalar_function(c"fold", 1, FunctionFlags::SQLITE_UTF8, |text| {
        text.get::<String>(0).map(|text| text.to_lowercase())
    })?;
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

/// Inserts `count` books into a migrated database by doubling the rows until there are enough.
///
/// # Panics
/// If the server refuses them.
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

/// The certificate of a PEM file in DER.
///
/// # Panics
/// If openssl cannot convert it.
pub fn der_of(pem: &Path) -> Vec<u8> {
    let mut openssl = Command::new("openssl");
    let output = openssl.args(["x509", "-outform", "DER", "-in"]).arg(pem).output().expect("openssl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}
