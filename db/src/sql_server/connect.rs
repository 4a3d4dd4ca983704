//! One login: dial, TLS, LOGIN7, a routing redirect if the server asks for one, and the question who we are.

use std::time::Duration;

use tiberius::{Client, Config};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_util::compat::TokioAsyncWriteCompatExt;

use super::address::{self, Dialled};
use super::asked::{Asked, Progress, Turn, interrupted};
use super::config::config;
use super::connection::{Connection, TdsClient};
use super::errors::Failure;
use super::spn::Spn;
use super::{errors, rows};
use crate::connection_string::{Encrypt, Login, ServerAddress, SqlServerSettings};
use crate::error::Error;
use crate::identity::{Encryption, Identity};

const IDENTITY: &str = include_str!("../../sql/queries/identity.sql");

/// Longest wait where Connect Timeout is 0, "no limit": a thread must not wait for ever.
const NO_LIMIT: Duration = Duration::from_secs(3600);

/// Opens a connection and asks the server for our identity on it, within Connect Timeout.
pub(crate) async fn connect(settings: &SqlServerSettings) -> Result<Connection, Error> {
    let patience = settings.connect_timeout.unwrap_or(NO_LIMIT);
    let attempt = Attempt { settings, patience, progress: Progress::default() };
    match timeout(patience, attempt.login()).await {
        Ok(connected) => connected,
        Err(_) => Err(attempt.progress.late(&settings.server, patience)),
    }
}

/// One try to log in, with what it needs to know.
struct Attempt<'a> {
    settings: &'a SqlServerSettings,
    patience: Duration,
    progress: Progress,
}

enum LoginError {
    Routed(ServerAddress),
    Failed(Error),
}

impl LoginError {
    fn of(server: &ServerAddress, asked: Option<&Asked>, error: tiberius::error::Error) -> Self {
        match error {
            tiberius::error::Error::Routing { host, port } => {
                Self::Routed(ServerAddress { host, port: Some(port), instance: None })
            }
            error => Self::Failed(errors::login_error(server, asked, error)),
        }
    }

    fn meaning(self, server: &ServerAddress) -> Error {
        match self {
            Self::Failed(error) => error,
            Self::Routed(other) => {
                Error::Unavailable(format!("{server} redirected to {other}, but a redirect was followed already"))
            }
        }
    }
}

impl Attempt<'_> {
    async fn login(&self) -> Result<Connection, Error> {
        let server = &self.settings.server;
        let (client, asked) = match self.log_in_to(server).await {
            // Once only: a server that is redirected to has no say in a further redirect.
            Err(LoginError::Routed(other)) => self.log_in_to(&other).await.map_err(|error| error.meaning(&other))?,
            answer => answer.map_err(|error| error.meaning(server))?,
        };
        let mut connection = Connection::new(client, self.settings.command_timeout);
        let identity = self.who_am_i(&mut connection, asked).await?;
        Ok(connection.known_as(identity))
    }

    async fn log_in_to(&self, server: &ServerAddress) -> Result<(TdsClient, Option<Asked>), LoginError> {
        let dialled = address::dial(server, self.settings.multi_subnet_failover, self.patience).await;
        let Dialled { stream, port } = dialled.map_err(LoginError::Failed)?;
        match self.settings.login {
            Login::Sql { .. } => {
                let config = config(&server.host, port, None, self.settings).map_err(LoginError::Failed)?;
                let client = Client::connect(config, stream.compat_write()).await;
                Ok((client.map_err(|error| LoginError::of(server, None, error))?, None))
            }
            Login::Integrated => self.integrated(server, stream, port).await,
        }
    }

    async fn integrated(
        &self,
        server: &ServerAddress,
        stream: TcpStream,
        port: u16,
    ) -> Result<(TdsClient, Option<Asked>), LoginError> {
        let spn = self.spn(server, port).await.map_err(LoginError::Failed)?;
        let config = config(&server.host, port, Some(&spn), self.settings).map_err(LoginError::Failed)?;
        let (asked, turn) = self.progress.ask(&spn).await.map_err(LoginError::Failed)?;
        match on_a_thread(config, stream, turn, self.patience).await.map_err(LoginError::Failed)? {
            Ok(client) => Ok((client, Some(asked))),
            Err(error) => Err(LoginError::of(server, Some(&asked), error)),
        }
    }

    /// Where it takes the DNS, which may be silent, it is not for an async thread.
    async fn spn(&self, server: &ServerAddress, port: u16) -> Result<Spn, Error> {
        if self.settings.server_spn.is_some() {
            return Spn::of(server, port, self.settings);
        }
        let (server, settings) = (server.clone(), self.settings.clone());
        let spn = tokio::task::spawn_blocking(move || Spn::of(&server, port, &settings));
        spn.await.map_err(|died| interrupted(&died))?
    }

    async fn who_am_i(&self, connection: &mut Connection, asked: Option<Asked>) -> Result<Identity, Error> {
        let mut rowsets = connection.query(IDENTITY, &[]).await.map_err(Failure::meaning)?;
        let row = rowsets.pop().and_then(|mut rows| rows.pop());
        let row = row.ok_or_else(|| Error::Database("the server did not say who is logged in".to_owned()))?;
        let login_only = self.settings.encrypt == Encrypt::Optional;
        let encryption = if login_only { Encryption::LoginOnly } else { Encryption::Full };
        rows::identity(&row, asked.map(|asked| asked.spn), encryption).map_err(errors::meaning)
    }
}

/// An integrated login by the driver, whose calls of GSSAPI or SSPI block.
async fn on_a_thread(
    config: Config,
    stream: TcpStream,
    turn: Option<Turn>,
    patience: Duration,
) -> Result<tiberius::Result<TdsClient>, Error> {
    let runtime = Handle::current();
    let login = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        // The caller gives up at the same time; this ends the thread.
        runtime.block_on(timeout(patience, Client::connect(config, stream.compat_write())))
    });
    match login.await {
        Ok(Ok(client)) => Ok(client),
        Ok(Err(late)) => Err(Error::Unavailable(format!("the login took longer than Connect Timeout: {late}"))),
        Err(died) => Err(interrupted(&died)),
    }
}
