//! SQL statements that tests send themselves, through tiberius.

use bookstore_db::connection_string::{ConnectionString, Encrypt, Login, SqlServerSettings, Target};
use tiberius::error::Error;
use tiberius::{AuthMethod, Client, Config, EncryptionLevel, Row};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

/// The settings of a connection string that names a SQL Server.
///
/// # Panics
/// If it does not.
pub fn settings(text: &str) -> SqlServerSettings {
    match text.parse().expect("a connection string") {
        ConnectionString { target: Target::SqlServer(settings), .. } => *settings,
        other => panic!("{other} does not name a SQL Server"),
    }
}

/// Connects with these settings, whose login must be a SQL login.
///
/// # Errors
/// The error of the driver.
pub async fn connect(settings: &SqlServerSettings) -> Result<Client<Compat<TcpStream>>, Error> {
    let mut config = Config::new();
    config.host(&settings.server.host);
    if let Login::Sql { user, password } = &settings.login {
        config.authentication(AuthMethod::sql_server(user, password.expose()));
    }
    if settings.encrypt == Encrypt::Optional {
        config.encryption(EncryptionLevel::Off);
    }
    match &settings.server_certificate {
        Some(file) => config.trust_cert_ca(file.display()),
        None => config.trust_cert(),
    }
    if let Some(database) = &settings.database {
        config.database(database);
    }
    let port = settings.server.port.unwrap_or(1433);
    let stream = TcpStream::connect((settings.server.host.as_str(), port)).await?;
    Client::connect(config, stream.compat_write()).await
}

/// Runs a batch on a new connection and returns its result sets.
///
/// # Errors
/// The error of the server or the driver.
pub async fn batch(settings: &SqlServerSettings, sql: &str) -> Result<Vec<Vec<Row>>, Error> {
    connect(settings).await?.simple_query(sql).await?.into_results().await
}
