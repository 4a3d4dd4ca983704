//! The meaning of SQL Server's error numbers and of the driver's errors.
//!
//! Numbers: <https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors>; the
//! transient ones: <https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues>.

use std::time::Duration;

use tiberius::error::TokenError;

use super::babelfish;
use super::driver_text;
use super::reply_limit::{MAX_LOGIN, ReplyLimit};
use super::ticket::TicketRequest;
use crate::connection_string::ServerAddress;
use crate::error::{Error, ServerError};
#[cfg(windows)]
use bookstore_kerberos::sspi;
#[cfg(any(windows, all(unix, feature = "kerberos")))]
use bookstore_kerberos::{KerberosError, KerberosFault};

/// Whether a failed statement may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RetryDecision {
    /// No: it would fail again.
    No,
    /// Yes: the server did not execute it, for a transient reason.
    NotExecuted,
    /// Yes: the connection was lost, and whether the server executed it is unknown.
    Unknown,
}

/// Why a statement failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StatementError {
    /// The server reported an error, or the connection failed.
    #[error(transparent)]
    Driver(#[from] tiberius::error::Error),
    /// The reply was not complete within Command Timeout.
    #[error("the reply was not complete within Command Timeout ({0:?})")]
    TimedOut(Duration),
    /// The reply exceeds a limit.
    #[error("{0}")]
    TooLarge(ReplyLimit),
}

impl StatementError {
    /// Decides whether the statement may be sent again.
    pub(super) fn retry_decision(&self) -> RetryDecision {
        let Self::Driver(error) = self else { return RetryDecision::No };
        match error {
            tiberius::error::Error::Server(error) => {
                let number = babelfish::number(error);
                let is_repeated = is_unique_violation(number) || is_transient(number);
                if is_repeated { RetryDecision::NotExecuted } else { RetryDecision::No }
            }
            tiberius::error::Error::Io { .. } | tiberius::error::Error::Tls(_) => RetryDecision::Unknown,
            _ => RetryDecision::No,
        }
    }

    /// Whether the connection was lost. Other connections to the same server may be lost, too.
    pub(super) fn is_connection_lost(&self) -> bool {
        self.retry_decision() == RetryDecision::Unknown
    }

    /// The number of the server's error, if it reported one. For Babelfish's errors without one: SQL Server's.
    pub(crate) fn number(&self) -> Option<u32> {
        self.server_error().map(babelfish::number)
    }

    /// The error as the server reported it, if it did.
    pub(crate) fn server_error(&self) -> Option<&TokenError> {
        match self {
            Self::Driver(tiberius::error::Error::Server(error)) => Some(error),
            Self::Driver(_) | Self::TimedOut(_) | Self::TooLarge(_) => None,
        }
    }

    /// Converts to the error that callers act on.
    pub fn into_error(self) -> Error {
        match self {
            Self::TimedOut(limit) => Error::TimedOut(limit),
            Self::TooLarge(limit) => Error::Unavailable(format!(
                "the connection was closed, because {limit}; no statement of the shop asks for so much, so check that \
                 Server is the right one"
            )),
            Self::Driver(error) => driver_error(error),
        }
    }
}

/// Converts an error of the driver on a logged-in connection.
pub(super) fn driver_error(error: tiberius::error::Error) -> Error {
    match error {
        tiberius::error::Error::Server(error) => server_error(&error),
        error @ (tiberius::error::Error::Io { .. } | tiberius::error::Error::Tls(_)) => {
            Error::Unavailable(format!("the connection to the server was lost: {error}"))
        }
        error => Error::Database(error.to_string()),
    }
}

/// SQL Server: the login is from an untrusted domain, which means that it could not accept the token.
#[cfg(all(unix, feature = "kerberos"))]
const UNTRUSTED_DOMAIN: u32 = 18452;

/// Converts an error during a login. `ticket` is what an integrated login requested.
pub(super) fn login_error(
    server: &ServerAddress,
    ticket: Option<&TicketRequest>,
    error: tiberius::error::Error,
) -> Error {
    match error {
        #[cfg(all(unix, feature = "kerberos"))]
        tiberius::error::Error::Server(error) if error.code() == UNTRUSTED_DOMAIN && ticket.is_some() => {
            // On Unix the driver sends only a ticket, so the server could not decrypt it.
            let detail = format!("the server rejected the ticket: {} (error {UNTRUSTED_DOMAIN})", error.message());
            kerberos_error(KerberosFault::WrongKey, ticket, detail)
        }
        tiberius::error::Error::Server(error) => match server_error(&error) {
            Error::Server(error) => Error::LoginFailed(error),
            error => error,
        },
        tiberius::error::Error::Tls(cause) if driver_text::is_certificate_refused(&cause) => {
            Error::CertificateRefused(format!("{server}: {cause}"))
        }
        tiberius::error::Error::Tls(cause) if !driver_text::is_connection_closed(&cause) => Error::Tls(format!(
            "{server}: {cause}; check that client and server have a TLS version in common, and that the port is \
                 SQL Server's"
        )),
        tiberius::error::Error::Protocol(cause) if driver_text::is_encryption_refused(&cause) => {
            Error::Tls(format!("{server} does not offer encryption"))
        }
        // `LoginAttempt` has requested the ticket again and got it: what failed is the authentication of the server.
        #[cfg(all(unix, feature = "kerberos"))]
        tiberius::error::Error::Gssapi(message) => kerberos_error(KerberosFault::InvalidToken, ticket, message),
        #[cfg(windows)]
        tiberius::error::Error::Io { kind, message } => match sspi::parse(&message) {
            Some((fault, detail)) => kerberos_error(fault, ticket, detail),
            None => interrupted_login(server, ticket, &tiberius::error::Error::Io { kind, message }),
        },
        error => interrupted_login(server, ticket, &error),
    }
}

/// The error of a server without TLS. SqlClient would send the password in clear text with Encrypt=Optional.
pub(super) fn no_encryption(server: &ServerAddress) -> Error {
    Error::Tls(format!(
        "{server} offers no encryption, not even for the password, and the shop logs in to no such server; enable TLS \
         on it: SQL Server does so by itself, Babelfish by ssl=on in postgresql.conf"
    ))
}

/// The error of a login that only waited for others to the same server: it tried no address.
pub(super) fn no_login_started(server: &ServerAddress, limit: Duration) -> Error {
    Error::Unavailable(format!(
        "no login to {server} could start within Connect Timeout ({limit:?}): the logins before it have not ended"
    ))
}

/// The error of a server whose login has no end.
pub(super) fn endless_login(server: &ServerAddress) -> Error {
    let kib = MAX_LOGIN >> 10;
    Error::Unavailable(format!(
        "{server} sent more than {kib} KiB before the login was complete, which no SQL Server does; check that Server \
         and its port are right"
    ))
}

fn interrupted_login(server: &ServerAddress, ticket: Option<&TicketRequest>, error: &tiberius::error::Error) -> Error {
    match ticket {
        Some(TicketRequest { spn, .. }) => {
            Error::Unavailable(format!("the integrated login to {server} with the SPN {spn} was interrupted: {error}"))
        }
        None => Error::Unavailable(format!("the login to {server} was interrupted: {error}")),
    }
}

#[cfg(any(windows, all(unix, feature = "kerberos")))]
fn kerberos_error(fault: KerberosFault, ticket: Option<&TicketRequest>, detail: String) -> Error {
    let TicketRequest { spn, principal } = ticket.cloned().unwrap_or_default();
    Error::Kerberos(Box::new(KerberosError { fault, spn, principal, detail, realm: None }))
}

/// The longest message of SQL Server, in characters. A false server sends up to 65,535 of them, and they are logged.
/// <https://learn.microsoft.com/sql/t-sql/language-elements/raiserror-transact-sql>
const MAX_MESSAGE: usize = 2047;

fn server_error(error: &TokenError) -> Error {
    let number = babelfish::number(error);
    let error = ServerError {
        number: error.code(),
        state: error.state(),
        line: error.line(),
        message: error.message().chars().take(MAX_MESSAGE).collect(),
    };
    match number {
        number if is_starting(number) => Error::Starting(error),
        number if is_login_failure(number) => Error::LoginFailed(error),
        number if is_permission_denied(number) => Error::PermissionDenied(error),
        // Also a table of the replaced demo, which lacks the newer columns.
        207 | 208 => Error::SchemaMissing(error),
        number if is_lock_conflict(number) || number == LOCK_TIMEOUT => Error::Locked(error),
        number if is_overload(number) => Error::Overloaded(error),
        number if is_storage_full(number) => Error::StorageFull { text: error.to_string(), number: Some(error.number) },
        number if is_connection_error(number) => Error::Unavailable(error.to_string()),
        _ => Error::Server(error),
    }
}

/// The server or the database starts, restores, shuts down or fails over, and will accept logins later.
fn is_starting(number: u32) -> bool {
    matches!(
        number,
        904 | 921 | 922 | 927 | 4221 | 6005 | 17142 | 18401 | 18451 | 40143 | 40197 | 40540 | 40613 | 42108 | 42109
    )
}

/// The login, its database, or its permission to connect. Babelfish reports a missing database as 911.
fn is_login_failure(number: u32) -> bool {
    matches!(number, 911 | 916 | 4060 | 4062 | 4064 | 15401 | 17806 | 18400..=18488 | 40532 | 40615)
}

/// A missing permission on an object, a column, a statement or a database.
fn is_permission_denied(number: u32) -> bool {
    matches!(number, 229 | 230 | 262 | 297 | 300 | 2760 | 3704 | 15151 | 15247)
}

/// The lock was not granted within LOCK_TIMEOUT. Not retried, since the statement has waited already.
const LOCK_TIMEOUT: u32 = 1222;

/// A deadlock, or a conflict of two snapshots: the server rolled this transaction back in favour of another.
fn is_lock_conflict(number: u32) -> bool {
    matches!(number, 1205 | 3960)
}

/// The server has too little memory or too few locks or workers at the moment.
fn is_overload(number: u32) -> bool {
    matches!(number, 1204 | 8645 | 8651 | 10928 | 10929 | 40501 | 49918..=49920)
}

/// A filegroup or the transaction log is full, or the quota of an Azure database is used up.
/// <https://learn.microsoft.com/sql/relational-databases/errors-events/mssqlserver-9002-database-engine-error>
fn is_storage_full(number: u32) -> bool {
    matches!(number, 1101 | 1105 | 9002 | 40544)
}

/// The connection was lost between client and server.
fn is_connection_error(number: u32) -> bool {
    matches!(number, 64 | 233 | 10053 | 10054 | 10060)
}

/// Concurrent requests inserted the same row; a retry finds it.
fn is_unique_violation(number: u32) -> bool {
    matches!(number, 2601 | 2627)
}

fn is_transient(number: u32) -> bool {
    is_starting(number) || is_lock_conflict(number) || is_overload(number) || is_connection_error(number)
}
