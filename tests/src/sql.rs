//! Statements of a test's own, through tiberius.

use bookstore_db::connection_string::{Encrypt, Login, SqlServerSettings};
use tiberius::error::Error;
use tiberius::{AuthMethod, Client, Config, EncryptionLevel, Row};
use tokio::net::TcpStream;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

/// A connection of these settings, which must be a SQL login.
///
/// # Errors
/// What the driver says.
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

/// Runs a batch on a connection of its own; answers its rowsets.
///
/// # Errors
/// What the server or the driver says.
pub async fn batch(settings: &SqlServerSettings, sql: &str) -> Result<Vec<Vec<Row>>, Error> {
    connect(settings).await?.simple_query(sql).await?.into_results().await
}
