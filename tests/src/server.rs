//! A SQL Server for a test: the real one that `BOOKSTORE_TEST_CONNECTIONSTRING` names, or a stand-in.

use std::time::Duration;

use bookstore_db::connection_string::{Login, SqlServerSettings};
use bookstore_db::migrate::{MigrationOptions, migrate};
use sql_server_stand_in::StandIn;
use uuid::Uuid;

use crate::sql::{self, settings};

/// The variable that names a real SQL Server. Its login must be allowed to create databases and logins.
const REAL_SERVER: &str = "BOOKSTORE_TEST_CONNECTIONSTRING";
/// SQL Server: the database is in use (3702); another session holds the lock on the database `model` (1807); the
/// login is in use (15434).
const BUSY: [u32; 3] = [3702, 1807, 15434];
/// Babelfish reports the first and the last of them, and a race with another `DROP`, without a number of their own.
const IN_USE: [&str; 3] = ["currently in use", "currently logged in", "tuple concurrently updated"];
/// How often, and how long in between, to wait for another session.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(200);
/// The password of [`TestServer::other_login`].
const OTHER_PASSWORD: &str = "Another-Secret-2";

/// A server with a database of its own for one test.
pub struct TestServer {
    text: String,
    database: String,
    logins: Vec<String>,
    stand_in: Option<Box<StandIn>>,
}

impl TestServer {
    /// Starts a stand-in, or takes the real server. The database does not exist yet.
    ///
    /// # Panics
    /// If the stand-in does not start.
    pub async fn start() -> Self {
        let database = format!("BookstoreTest_{}", Uuid::new_v4().simple());
        let (text, stand_in) = match std::env::var(REAL_SERVER) {
            Ok(text) => (text, None),
            Err(_) => {
                let stand_in = StandIn::builder().login("sa", "Secret-1").start().await.expect("the stand-in starts");
                (stand_in.connection_string("sa"), Some(Box::new(stand_in)))
            }
        };
        Self { text, database, logins: Vec::new(), stand_in }
    }

    /// The same with a migrated and seeded database, and a login with the shop's permissions only.
    ///
    /// # Panics
    /// If the server refuses it.
    pub async fn of_shop() -> Self {
        let mut server = Self::start().await;
        server.migrate().await;
        let login = server.other_login().await;
        let options = MigrationOptions { grant: Some(login), ..MigrationOptions::default() };
        migrate(&server.settings(), &options).await.expect("the login is admitted");
        server
    }

    /// The administrator's login, which owns the database.
    ///
    /// # Panics
    /// If it is not a SQL login.
    pub fn admin(&self) -> String {
        match self.settings().login {
            Login::Sql { user, .. } => user,
            Login::Integrated => panic!("{REAL_SERVER} needs User ID and Password"),
        }
    }

    /// The login with the shop's permissions only.
    ///
    /// # Panics
    /// If the server is not [`TestServer::of_shop`].
    pub fn shop_login(&self) -> &str {
        self.logins.first().expect("the login of a shop")
    }

    /// The connection string of [`TestServer::shop_login`].
    ///
    /// # Panics
    /// As there.
    pub fn shop_connection_string(&self) -> String {
        self.connection_string_of(self.shop_login())
    }

    /// The stand-in, unless the server is a real one.
    pub fn stand_in(&self) -> Option<&StandIn> {
        self.stand_in.as_deref()
    }

    /// The connection string of the administrator.
    pub fn connection_string(&self) -> String {
        format!("{};Database={}", self.text, self.database)
    }

    /// The settings of the administrator.
    pub fn settings(&self) -> SqlServerSettings {
        settings(&self.connection_string())
    }

    /// Whether the server is a stand-in.
    pub fn is_stand_in(&self) -> bool {
        self.stand_in.is_some()
    }

    /// Whether it is Babelfish.
    ///
    /// # Panics
    /// If the server does not say.
    pub async fn is_babelfish(&self) -> bool {
        let rows = self.in_master("SELECT CAST(SERVERPROPERTY('Babelfish') AS INT) AS Babelfish").await;
        rows[0][0].get::<i32, _>("Babelfish") == Some(1)
    }

    /// Creates the empty database.
    ///
    /// # Panics
    /// If the server does not create it.
    pub async fn create_database(&self) {
        self.in_master(&format!("CREATE DATABASE [{}]", self.database)).await;
    }

    /// Creates, migrates and seeds the database.
    ///
    /// # Panics
    /// If the server does not.
    pub async fn migrate(&self) {
        migrate(&self.settings(), &MigrationOptions { seed: true, ..MigrationOptions::default() })
            .await
            .expect("the database is migrated");
    }

    /// Runs a batch in the database.
    ///
    /// # Panics
    /// If the server reports an error.
    pub async fn run(&self, batch: &str) -> Vec<Vec<tiberius::Row>> {
        sql::batch(&self.settings(), batch).await.unwrap_or_else(|error| panic!("{batch}: {error}"))
    }

    /// Creates a SQL login with a name of its own.
    ///
    /// # Panics
    /// If the server does not create it.
    pub async fn other_login(&mut self) -> String {
        let name = format!("bookstore_test_{}", Uuid::new_v4().simple());
        self.in_master(&format!("CREATE LOGIN [{name}] WITH PASSWORD = '{OTHER_PASSWORD}'")).await;
        self.logins.push(name.clone());
        name
    }

    /// The connection string of [`TestServer::other_login`].
    pub fn connection_string_of(&self, login: &str) -> String {
        format!("{};User ID={login};Password={OTHER_PASSWORD}", self.connection_string())
    }

    /// Leaves nothing on a real server.
    ///
    /// # Panics
    /// If the server does not drop the database.
    pub async fn drop_database(self) {
        self.in_master(&format!("DROP DATABASE IF EXISTS [{}]", self.database)).await;
        // A stand-in ends with the test.
        for login in self.logins.iter().filter(|_| self.stand_in.is_none()) {
            self.in_master(&format!("DROP LOGIN [{login}]")).await;
        }
    }

    /// Runs a batch in master; repeats it while other sessions hinder it. The server notices a moment after its clients
    /// that their connections have ended.
    async fn in_master(&self, batch: &str) -> Vec<Vec<tiberius::Row>> {
        let master = SqlServerSettings { database: Some("master".to_owned()), ..self.settings() };
        for _ in 0..ATTEMPTS {
            match sql::batch(&master, batch).await {
                Ok(rowsets) => return rowsets,
                Err(error) if is_busy(&error) => tokio::time::sleep(PAUSE).await,
                Err(error) => panic!("{batch}: {error}"),
            }
        }
        panic!("{batch}: other sessions hinder it for {:?}", PAUSE * ATTEMPTS);
    }
}

fn is_busy(error: &tiberius::error::Error) -> bool {
    error.code().is_some_and(|code| BUSY.contains(&code)) || IN_USE.iter().any(|text| error.to_string().contains(text))
}
