//! One login: dial, TLS, LOGIN7, a routing redirect if the server asks for one, and the question who we are.

use std::time::Duration;

use tiberius::{AuthMethod, Client, Config, EncryptionLevel};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::compat::TokioAsyncWriteCompatExt;

use super::address::{self, Dialled};
use super::connection::{Connection, TdsClient};
use super::{errors, rows};
use crate::connection_string::{ApplicationIntent, Encrypt, Login, ServerAddress, SqlServerSettings};
use crate::error::Error;
use crate::identity::{Encryption, Identity};

const IDENTITY: &str = include_str!("../../sql/queries/identity.sql");

/// Longest wait where Connect Timeout is 0, "no limit": a thread must not wait for ever.
const NO_LIMIT: Duration = Duration::from_secs(3600);

/// Opens a connection and asks the server for our identity on it.
///
/// The Kerberos libraries block, so the login has a blocking thread to itself; Connect Timeout bounds it from outside.
pub(crate) async fn connect(settings: &SqlServerSettings) -> Result<Connection, Error> {
    let patience = settings.connect_timeout.unwrap_or(NO_LIMIT);
    let settings = settings.clone();
    let server = settings.server.clone();
    let runtime = Handle::current();
    let login = tokio::task::spawn_blocking(move || runtime.block_on(timeout(patience, login(&settings, patience))));
    let late =
        || Error::Unavailable(format!("{server} did not complete the login within Connect Timeout ({patience:?})"));
    match timeout(patience, login).await {
        Ok(Ok(Ok(connected))) => connected,
        Ok(Err(died)) => Err(Error::Unavailable(format!("the login to {server} was interrupted: {died}"))),
        Ok(Ok(Err(_))) | Err(_) => Err(late()),
    }
}

async fn login(settings: &SqlServerSettings, patience: Duration) -> Result<Connection, Error> {
    let client = match log_in_to(&settings.server, settings, patience).await {
        // Once only: a server that is redirected to has no say in a further redirect.
        Err(LoginError::Routed(other)) => {
            log_in_to(&other, settings, patience).await.map_err(|error| error.meaning(&other))?
        }
        answer => answer.map_err(|error| error.meaning(&settings.server))?,
    };
    let mut connection = Connection::new(client);
    let identity = who_am_i(&mut connection, settings).await?;
    Ok(connection.known_as(identity))
}

enum LoginError {
    Routed(ServerAddress),
    Failed(Error),
}

impl LoginError {
    fn meaning(self, server: &ServerAddress) -> Error {
        match self {
            Self::Failed(error) => error,
            Self::Routed(other) => {
                Error::Unavailable(format!("{server} redirected to {other}, but a redirect was followed already"))
            }
        }
    }
}

async fn log_in_to(
    server: &ServerAddress,
    settings: &SqlServerSettings,
    patience: Duration,
) -> Result<TdsClient, LoginError> {
    let dialled = address::dial(server, settings.multi_subnet_failover, patience).await.map_err(LoginError::Failed)?;
    let config = config(server, dialled.port, settings).map_err(LoginError::Failed)?;
    let Dialled { stream, .. } = dialled;
    Client::connect(config, stream.compat_write()).await.map_err(|error| match error {
        tiberius::error::Error::Routing { host, port } => {
            LoginError::Routed(ServerAddress { host, port: Some(port), instance: None })
        }
        error => LoginError::Failed(errors::login_error(server, error)),
    })
}

fn config(server: &ServerAddress, port: u16, settings: &SqlServerSettings) -> Result<Config, Error> {
    let mut config = Config::new();
    config.host(&server.host);
    config.port(port);
    config.authentication(authentication(&settings.login)?);
    config.encryption(match settings.encrypt {
        Encrypt::Optional => EncryptionLevel::Off,
        Encrypt::Mandatory => EncryptionLevel::Required,
        Encrypt::Strict => EncryptionLevel::Strict,
    });
    trust(&mut config, settings)?;
    config.application_name(&settings.application_name);
    config.readonly(settings.application_intent == ApplicationIntent::ReadOnly);
    config.packet_size(settings.packet_size);
    // This module bounds the handshake itself, over both servers of a redirect.
    config.handshake_timeout(None);
    config.command_timeout(settings.command_timeout);
    if let Some(database) = &settings.database {
        config.database(database);
    }
    if let Some(workstation) = &settings.workstation_id {
        config.client_name(workstation);
    }
    if let Some(name) = &settings.host_name_in_certificate {
        config.hostname_in_certificate(name);
    }
    Ok(config)
}

/// How the driver logs in.
///
/// # Errors
/// [`Error::LoginModeMissing`] if this build cannot.
pub(super) fn authentication(login: &Login) -> Result<AuthMethod, Error> {
    match login {
        Login::Sql { user, password } => Ok(AuthMethod::sql_server(user, password.expose())),
        #[cfg(any(windows, feature = "kerberos"))]
        Login::Integrated => Ok(AuthMethod::Integrated),
        #[cfg(not(any(windows, feature = "kerberos")))]
        Login::Integrated => Err(Error::LoginModeMissing),
    }
}

/// A certificate that was named is a closer check than none, so it wins over TrustServerCertificate.
fn trust(config: &mut Config, settings: &SqlServerSettings) -> Result<(), Error> {
    match &settings.server_certificate {
        Some(file) => {
            let certificate = std::fs::read(file)
                .map_err(|error| Error::Tls(format!("ServerCertificate={} cannot be read: {error}", file.display())))?;
            config.trust_cert_ca_bundle(certificate);
        }
        None if settings.trust_server_certificate => config.trust_cert(),
        None => {}
    }
    Ok(())
}

async fn who_am_i(connection: &mut Connection, settings: &SqlServerSettings) -> Result<Identity, Error> {
    let failed = |error| errors::Failure::from(error).meaning(settings.command_timeout);
    let mut rowsets = connection.query(IDENTITY, &[]).await.map_err(failed)?;
    let row = rowsets.pop().and_then(|mut rows| rows.pop());
    let row = row.ok_or_else(|| Error::Database("the server did not say who is logged in".to_owned()))?;
    let encryption = if settings.encrypt == Encrypt::Optional { Encryption::LoginOnly } else { Encryption::Full };
    rows::identity(&row, encryption).map_err(failed)
}
