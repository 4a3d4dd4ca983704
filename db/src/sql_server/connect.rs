//! One login: dial, TLS, LOGIN7, a routing redirect if the server asks for one, and the question who we are.

use std::time::Duration;

use tiberius::Client;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::compat::TokioAsyncWriteCompatExt;

use super::address::{self, Dialled};
use super::asked::{Asked, Progress};
use super::config::config;
use super::connection::{Connection, TdsClient};
use super::spn::Spn;
use super::{errors, rows};
use crate::connection_string::{Encrypt, Login, ServerAddress, SqlServerSettings};
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
    let attempt = Attempt { settings: settings.clone(), patience, progress: Progress::default() };
    let progress = attempt.progress.clone();
    let runtime = Handle::current();
    let login = tokio::task::spawn_blocking(move || runtime.block_on(timeout(patience, attempt.login())));
    let server = &settings.server;
    match timeout(patience, login).await {
        Ok(Ok(Ok(connected))) => connected,
        Ok(Err(died)) => Err(Error::Unavailable(format!("the login to {server} was interrupted: {died}"))),
        Ok(Ok(Err(_))) | Err(_) => Err(progress.late(server, patience)),
    }
}

/// One try to log in, with what it needs to know.
struct Attempt {
    settings: SqlServerSettings,
    patience: Duration,
    progress: Progress,
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

impl Attempt {
    async fn login(&self) -> Result<Connection, Error> {
        let server = &self.settings.server;
        let (client, asked) = match self.log_in_to(server).await {
            // Once only: a server that is redirected to has no say in a further redirect.
            Err(LoginError::Routed(other)) => self.log_in_to(&other).await.map_err(|error| error.meaning(&other))?,
            answer => answer.map_err(|error| error.meaning(server))?,
        };
        let mut connection = Connection::new(client);
        let identity = self.who_am_i(&mut connection, asked).await?;
        Ok(connection.known_as(identity))
    }

    async fn log_in_to(&self, server: &ServerAddress) -> Result<(TdsClient, Option<Asked>), LoginError> {
        let settings = &self.settings;
        let dialled = address::dial(server, settings.multi_subnet_failover, self.patience).await;
        let Dialled { stream, port } = dialled.map_err(LoginError::Failed)?;
        let spn = match settings.login {
            Login::Integrated => Some(Spn::of(server, port, settings).map_err(LoginError::Failed)?),
            Login::Sql { .. } => None,
        };
        let config = config(&server.host, port, spn.as_ref(), settings).map_err(LoginError::Failed)?;
        let asked = spn.map(|spn| self.progress.ask(&spn)).transpose().map_err(LoginError::Failed)?;
        match Client::connect(config, stream.compat_write()).await {
            Ok(client) => Ok((client, asked)),
            Err(tiberius::error::Error::Routing { host, port }) => {
                Err(LoginError::Routed(ServerAddress { host, port: Some(port), instance: None }))
            }
            Err(error) => Err(LoginError::Failed(errors::login_error(server, asked.as_ref(), error))),
        }
    }

    async fn who_am_i(&self, connection: &mut Connection, asked: Option<Asked>) -> Result<Identity, Error> {
        let failed = |error| errors::Failure::from(error).meaning(self.settings.command_timeout);
        let mut rowsets = connection.query(IDENTITY, &[]).await.map_err(failed)?;
        let row = rowsets.pop().and_then(|mut rows| rows.pop());
        let row = row.ok_or_else(|| Error::Database("the server did not say who is logged in".to_owned()))?;
        let login_only = self.settings.encrypt == Encrypt::Optional;
        let encryption = if login_only { Encryption::LoginOnly } else { Encryption::Full };
        rows::identity(&row, asked.map(|asked| asked.spn), encryption).map_err(failed)
    }
}
