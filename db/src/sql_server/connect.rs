//! Opening a connection: TCP, TLS, LOGIN7, at most one routing redirect, and the query for the identity.

use std::time::Duration;

use bookstore_kerberos::spn::Spn;
use tiberius::Client;
use time::UtcOffset;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_util::compat::TokioAsyncWriteCompatExt;

use super::address::{self, OpenStream};
use super::blocking_login::run_on_blocking_thread;
use super::config::config;
use super::connection::{Connection, TdsClient, open_in};
use super::encryption_probe::offers_no_encryption;
use super::errors::StatementError;
use super::login_backoff::LoginBackoff;
use super::negotiated::negotiated;
use super::ticket::{LoginProgress, TicketRequest, interrupted};
use super::wire::{Received, WireStream};
use super::{errors, rows};
use crate::connection_string::{Encrypt, Login, ServerAddress, SqlServerSettings};
use crate::error::Error;
use crate::identity::{Encryption, Identity, TlsSession};
use crate::login_policy::LoginPolicy;
use crate::metrics;
use crate::spans::{DatabaseSpan, DatabaseSpans};

const IDENTITY: &str = include_str!("../../sql/queries/identity.sql");

/// The limit where Connect Timeout is 0, which means none: a blocked thread must end at some time.
pub(super) const NO_LIMIT: Duration = Duration::from_secs(3600);

/// Opens a connection and reads its identity, within Connect Timeout. After a refused login the same error is returned
/// for a time, without another login. Where the policy requires Kerberos, no password is sent and Windows is offered no
/// other login; the auth scheme that the server reports is the caller's to check.
///
/// # Errors
/// [`Error::KerberosRequired`] for a SQL login, [`Error::Unavailable`], [`Error::Starting`], [`Error::Tls`],
/// [`Error::CertificateRefused`], [`Error::LoginFailed`], [`Error::Kerberos`], [`Error::InvalidSpn`],
/// [`Error::IntegratedLoginUnsupported`].
pub async fn connect(settings: &SqlServerSettings, policy: LoginPolicy) -> Result<Connection, Error> {
    let span = DatabaseSpans::of_server(settings).login();
    open_in(span, open(settings, policy, &LoginBackoff::of(settings), |_| Ok(()))).await
}

/// Like [`connect`], with a back-off and a span of the caller's. Checks the auth scheme that the server reports, too.
pub(super) async fn connect_with(
    settings: &SqlServerSettings,
    policy: LoginPolicy,
    backoff: &LoginBackoff,
    span: DatabaseSpan,
) -> Result<Connection, Error> {
    open_in(span, open(settings, policy, backoff, |identity| policy.check(&identity.auth_scheme))).await
}

async fn open(
    settings: &SqlServerSettings,
    policy: LoginPolicy,
    backoff: &LoginBackoff,
    check: impl FnOnce(&Identity) -> Result<(), Error>,
) -> Result<Connection, Error> {
    policy.check_login(&settings.login)?;
    let limit = settings.connect_timeout.unwrap_or(NO_LIMIT);
    let given_spn = given_spn(settings)?;
    let deadline = Instant::now() + limit;
    let permit = timeout_at(deadline, backoff.permit()).await;
    let permit = permit.map_err(|_| errors::no_login_started(&settings.server, limit))??;
    let attempt = LoginAttempt { settings, policy, given_spn, limit, progress: LoginProgress::default() };
    let started = Instant::now();
    let connection = match timeout_at(deadline, attempt.connect()).await {
        Ok(connection) => connection.and_then(|connection| accept(connection, check)),
        Err(_) => Err(attempt.progress.timeout_error(&settings.server, limit).await),
    };
    let scheme =
        connection.as_ref().map(|connection| connection.identity().map(|identity| identity.auth_scheme.clone()));
    match scheme {
        Ok(Some(scheme)) => metrics::login(&scheme, started.elapsed()),
        Ok(None) => {}
        Err(error) => metrics::login_failure(error, started.elapsed()),
    }
    permit.finish(connection.as_ref().err());
    connection
}

/// `Server SPN` of an integrated login, checked before anything is sent.
fn given_spn(settings: &SqlServerSettings) -> Result<Option<Spn>, Error> {
    match &settings.server_spn {
        Some(text) if settings.login == Login::Integrated => {
            Spn::parse(text).map(Some).ok_or_else(|| Error::InvalidSpn(text.clone()))
        }
        _ => Ok(None),
    }
}

fn accept(connection: Connection, check: impl FnOnce(&Identity) -> Result<(), Error>) -> Result<Connection, Error> {
    if let Some(identity) = connection.identity() {
        check(&identity)?;
    }
    Ok(connection)
}

struct LoginAttempt<'a> {
    settings: &'a SqlServerSettings,
    policy: LoginPolicy,
    given_spn: Option<Spn>,
    limit: Duration,
    progress: LoginProgress,
}

enum LoginError {
    Redirect(ServerAddress),
    Failed(Error),
}

impl LoginError {
    fn of(server: &ServerAddress, ticket: Option<&TicketRequest>, error: tiberius::error::Error) -> Self {
        match error {
            tiberius::error::Error::Routing { host, port } => {
                Self::Redirect(ServerAddress { host, port: Some(port), instance: None })
            }
            error => Self::Failed(errors::login_error(server, ticket, error)),
        }
    }

    fn into_error(self, server: &ServerAddress) -> Error {
        match self {
            Self::Failed(error) => error,
            Self::Redirect(other) => {
                Error::Unavailable(format!("{server} redirects to {other}, but only one redirect is followed"))
            }
        }
    }
}

impl LoginAttempt<'_> {
    async fn connect(&self) -> Result<Connection, Error> {
        let server = &self.settings.server;
        let (client, received, ticket) = match self.log_in(server).await {
            Err(LoginError::Redirect(other)) => self.log_in(&other).await.map_err(|error| error.into_error(&other))?,
            login => login.map_err(|error| error.into_error(server))?,
        };
        let negotiated = negotiated(&received.take_start(), self.settings.encrypt);
        let mut connection = Connection::new(client, received, self.settings.command_timeout);
        let (identity, utc_offset) = self.start_session(&mut connection, ticket, negotiated).await?;
        Ok(connection.with_identity(identity, utc_offset))
    }

    async fn log_in(&self, server: &ServerAddress) -> Result<(TdsClient, Received, Option<TicketRequest>), LoginError> {
        let stream = address::open_stream(server, self.settings.multi_subnet_failover, self.limit).await;
        let OpenStream { stream, port } = stream.map_err(LoginError::Failed)?;
        let address = stream.peer_addr();
        let login = self.log_in_on(stream, server, port).await;
        match (&login, address) {
            (Err(LoginError::Failed(Error::Tls(_) | Error::Unavailable(_))), Ok(address))
                if self.settings.encrypt != Encrypt::Strict && offers_no_encryption(address).await =>
            {
                Err(LoginError::Failed(errors::no_encryption(server)))
            }
            _ => login,
        }
    }

    async fn log_in_on(
        &self,
        stream: TcpStream,
        server: &ServerAddress,
        port: u16,
    ) -> Result<(TdsClient, Received, Option<TicketRequest>), LoginError> {
        let stream = WireStream::new(stream);
        let received = stream.received();
        let login = match self.settings.login {
            Login::Sql { .. } => self.log_in_with_password(server, stream, port).await.map(|client| (client, None)),
            Login::Integrated => {
                let login = self.log_in_integrated(server, stream, port).await;
                login.map(|(client, ticket)| (client, Some(ticket)))
            }
        };
        match login {
            Ok((client, ticket)) => Ok((client, received, ticket)),
            Err(_) if received.is_exceeded() => Err(LoginError::Failed(errors::endless_login(server))),
            Err(error) => Err(error),
        }
    }

    async fn log_in_with_password(
        &self,
        server: &ServerAddress,
        stream: WireStream,
        port: u16,
    ) -> Result<TdsClient, LoginError> {
        let config = config(&server.host, port, None, self.settings).map_err(LoginError::Failed)?;
        let client = Client::connect(config, stream.compat_write()).await;
        client.map_err(|error| LoginError::of(server, None, error))
    }

    async fn log_in_integrated(
        &self,
        server: &ServerAddress,
        stream: WireStream,
        port: u16,
    ) -> Result<(TdsClient, TicketRequest), LoginError> {
        let spn = self.spn(server, port).await.map_err(LoginError::Failed)?;
        let config = config(&server.host, port, Some(&spn), self.settings).map_err(LoginError::Failed)?;
        let (ticket, permit) = self.progress.request_ticket(&spn).await.map_err(LoginError::Failed)?;
        let login = Client::connect(config, stream.compat_write());
        match run_on_blocking_thread(login, permit, self.limit, self.policy).await.map_err(LoginError::Failed)? {
            Ok(client) => Ok((client, ticket)),
            Err(error) => {
                // The driver's error has no status codes. If the ticket has expired or its cache is gone, a second
                // request fails with the cause.
                #[cfg(all(unix, feature = "kerberos"))]
                if let tiberius::error::Error::Gssapi(_) = &error {
                    self.progress.request_ticket(&spn).await.map_err(LoginError::Failed)?;
                }
                Err(LoginError::of(server, Some(&ticket), error))
            }
        }
    }

    /// Returns `Server SPN`, or the SPN built from the server's canonical name, which is looked up in DNS on a blocking
    /// thread.
    async fn spn(&self, server: &ServerAddress, port: u16) -> Result<Spn, Error> {
        if let Some(spn) = &self.given_spn {
            return Ok(spn.clone());
        }
        let host = server.host.clone();
        let spn = tokio::task::spawn_blocking(move || Spn::of_server(&host, port));
        spn.await.map_err(interrupted)
    }

    /// Sets the session's options and reads its identity and the server's time zone, in one round trip.
    async fn start_session(
        &self,
        connection: &mut Connection,
        ticket: Option<TicketRequest>,
        negotiated: (Encryption, Option<TlsSession>),
    ) -> Result<(Identity, UtcOffset), Error> {
        let options = format!("SET LOCK_TIMEOUT {};", lock_timeout(self.settings.command_timeout));
        let reply = connection.batch(&format!("{options}\n{IDENTITY}")).await;
        let mut rowsets = reply.map_err(StatementError::into_error)?;
        let row = rowsets.pop().and_then(|mut rows| rows.pop());
        let row = row.ok_or_else(|| Error::Database("the server returned no row with the identity".to_owned()))?;
        let identity = rows::identity(&row, ticket.map(|ticket| ticket.spn), negotiated);
        identity.and_then(|identity| Ok((identity, rows::utc_offset(&row)?))).map_err(errors::driver_error)
    }
}

/// Returns the session's `LOCK_TIMEOUT` in milliseconds: five sixths of Command Timeout, so that a statement that waits
/// for a lock ends with the server's error 1222, which names the cause, and not with a time-out; -1 for no limit.
fn lock_timeout(command_timeout: Option<Duration>) -> i64 {
    let limit = command_timeout.and_then(|limit| i64::try_from(limit.as_millis()).ok());
    // The server takes an int.
    limit.map_or(-1, |limit| (limit / 6 * 5).clamp(1, i32::MAX.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection_string::{ConnectionString, Target};

    #[tokio::test]
    async fn login_that_only_waited_for_others_says_so() {
        let text = "Server=waiting.test;User ID=sa;Password=x";
        let Target::SqlServer(settings) = ConnectionString::parse(text).unwrap().target else { panic!("{text}") };
        let settings = SqlServerSettings { connect_timeout: Some(Duration::from_millis(1)), ..*settings };
        let backoff = LoginBackoff::of(&settings);
        let _running = backoff.permit().await.unwrap();
        let error = connect(&settings, LoginPolicy::default()).await.unwrap_err();
        assert!(error.to_string().contains("no login to waiting.test could start"), "{error}");
    }
}
