//! Starts a stand-in with the shop's database and connects clients.

use sql_server_stand_in::{Builder, StandIn};
use std::net::SocketAddr;
use tiberius::{AuthMethod, Client, Config, EncryptionLevel, Row};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

pub(crate) type Connection = Client<Compat<TcpStream>>;

pub(crate) const PASSWORD: &str = "Sa;pass'word=1";

pub(crate) fn builder() -> Builder {
    StandIn::builder().login("sa", PASSWORD).login("app", "app-pass").database("Bookstore")
}

pub(crate) async fn server() -> StandIn {
    builder().start().await.unwrap()
}

/// The client configuration of `sa` for the shop's database.
pub(crate) fn config(server: &StandIn) -> Config {
    config_for(server, "sa", PASSWORD, "Bookstore")
}

pub(crate) fn config_for(server: &StandIn, user: &str, password: &str, database: &str) -> Config {
    let mut config = Config::new();
    config.host("localhost");
    config.port(server.addr().port());
    config.database(database);
    config.authentication(AuthMethod::sql_server(user, password));
    config.encryption(EncryptionLevel::Required);
    config.trust_cert_ca(server.ca_file().display());
    config
}

pub(crate) async fn connect_with(server: &StandIn, config: Config) -> tiberius::Result<Connection> {
    connect_to(server.addr(), config).await
}

pub(crate) async fn connect_to(address: SocketAddr, config: Config) -> tiberius::Result<Connection> {
    let tcp = TcpStream::connect(address).await?;
    Client::connect(config, tcp.compat_write()).await
}

pub(crate) async fn connect(server: &StandIn) -> Connection {
    connect_with(server, config(server)).await.unwrap()
}

/// The number of the server's error.
pub(crate) fn number<T: std::fmt::Debug>(result: tiberius::Result<T>) -> u32 {
    match result {
        Err(tiberius::error::Error::Server(token)) => token.code(),
        other => panic!("expected an error of the server, got {other:?}"),
    }
}

/// All rows of the only result of a batch.
pub(crate) async fn rows(client: &mut Connection, sql: &str) -> Vec<Row> {
    client.simple_query(sql).await.unwrap().into_first_result().await.unwrap()
}

/// Runs a batch and discards its results.
pub(crate) async fn run(client: &mut Connection, sql: &str) -> tiberius::Result<()> {
    client.simple_query(sql).await?.into_results().await.map(drop)
}

/// The first column of the first row, as an int.
pub(crate) async fn int(client: &mut Connection, sql: &str) -> Option<i32> {
    rows(client, sql).await.first().and_then(|row| row.get(0))
}

/// The batches of a script, split at GO.
pub(crate) fn batches(script: &str) -> impl Iterator<Item = &str> {
    script.split("\nGO\n")
}

/// Creates the shop's tables, as `bookstore migrate` does.
pub(crate) async fn create_schema(client: &mut Connection) {
    for script in SCHEMA {
        for batch in batches(script) {
            run(client, batch).await.unwrap();
        }
    }
}

macro_rules! sql {
    ($path:literal) => {
        include_str!(concat!("../../../db/sql/", $path, ".sql"))
    };
}
pub(crate) use sql;

pub(crate) const SCHEMA: [&str; 8] = [
    sql!("schema/001_books"),
    sql!("schema/002_unicode"),
    sql!("schema/003_version_and_request"),
    sql!("schema/004_indexes"),
    sql!("schema/005_entries"),
    sql!("schema/006_role"),
    sql!("schema/007_version_index"),
    sql!("schema/008_book_rows"),
];
