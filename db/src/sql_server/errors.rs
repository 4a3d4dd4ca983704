//! SQL Server's error numbers and the driver's errors, by meaning.
//!
//! Numbers: <https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors>; the transient
//! ones: <https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues>.

use std::time::Duration;

use tiberius::error::TokenError;

use super::asked::Asked;
use crate::connection_string::ServerAddress;
use crate::error::Error;
#[cfg(windows)]
use crate::kerberos::sspi;
#[cfg(any(windows, all(unix, feature = "kerberos")))]
use crate::kerberos::{KerberosError, KerberosFault};

/// Whether a statement that failed may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// It would fail again.
    Never,
    /// The server did not do it, for a reason that passes.
    NotDone,
    /// The connection broke: whether the server did it is not known.
    Unanswered,
}

/// Why a statement failed.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// By the server's word, or on the way.
    #[error(transparent)]
    Driver(#[from] tiberius::error::Error),
    /// The whole reply was not there within Command Timeout.
    #[error("no whole reply within Command Timeout, {0:?}")]
    TimedOut(Duration),
}

impl Failure {
    pub(super) fn again(&self) -> Again {
        let Self::Driver(error) = self else { return Again::Never };
        match error {
            tiberius::error::Error::Server(error) if is_unique_violation(error.code()) => Again::NotDone,
            tiberius::error::Error::Server(error) if is_transient(error.code()) => Again::NotDone,
            tiberius::error::Error::Io { .. } | tiberius::error::Error::Tls(_) => Again::Unanswered,
            _ => Again::Never,
        }
    }

    /// Whether the whole connection is lost, and with it perhaps its neighbours.
    pub(super) fn lost_connection(&self) -> bool {
        self.again() == Again::Unanswered
    }

    pub(crate) fn meaning(self) -> Error {
        match self {
            Self::TimedOut(limit) => Error::TimedOut(limit),
            Self::Driver(error) => meaning(error),
        }
    }
}

/// What an error of the driver after the login means.
pub(super) fn meaning(error: tiberius::error::Error) -> Error {
    match error {
        tiberius::error::Error::Server(error) => server_error(&error),
        error @ (tiberius::error::Error::Io { .. } | tiberius::error::Error::Tls(_)) => {
            Error::Unavailable(format!("the connection to the server was lost: {error}"))
        }
        error => Error::Database(error.to_string()),
    }
}

/// The login is from an untrusted domain: SQL Server could not make anything of the token.
#[cfg(all(unix, feature = "kerberos"))]
const UNTRUSTED_DOMAIN: u32 = 18452;

/// Why a login failed. `asked` is what an integrated login asked a ticket for.
pub(super) fn login_error(server: &ServerAddress, asked: Option<&Asked>, error: tiberius::error::Error) -> Error {
    match error {
        #[cfg(all(unix, feature = "kerberos"))]
        tiberius::error::Error::Server(error) if error.code() == UNTRUSTED_DOMAIN && asked.is_some() => {
            // On Unix the driver sends nothing but a ticket, so the server could not open it.
            let detail = format!("the server did not take the ticket: {} (error {UNTRUSTED_DOMAIN})", error.message());
            kerberos_error(KerberosFault::WrongKey, asked, detail)
        }
        tiberius::error::Error::Server(error) => match server_error(&error) {
            Error::Database(message) => Error::LoginFailed { number: error.code(), state: error.state(), message },
            meaning => meaning,
        },
        // The words of OpenSSL and of the standard library for a server that hung up.
        tiberius::error::Error::Tls(cause) if !cause.contains("unexpected EOF") => {
            Error::Tls(format!("{server}: {cause}"))
        }
        // There was a ticket a moment ago: what fails now is mostly the proof that the server owes.
        #[cfg(all(unix, feature = "kerberos"))]
        tiberius::error::Error::Gssapi(words) => kerberos_error(KerberosFault::Other, asked, words),
        #[cfg(windows)]
        tiberius::error::Error::Io { kind, message } => match sspi::fault(&message) {
            Some(fault) => kerberos_error(fault, asked, message),
            None => broken_off(server, asked, &tiberius::error::Error::Io { kind, message }),
        },
        error => broken_off(server, asked, &error),
    }
}

fn broken_off(server: &ServerAddress, asked: Option<&Asked>, error: &tiberius::error::Error) -> Error {
    match asked {
        Some(Asked { spn, .. }) => {
            Error::Unavailable(format!("the integrated login to {server} as {spn} broke off: {error}"))
        }
        None => Error::Unavailable(format!("the login to {server} broke off: {error}")),
    }
}

#[cfg(any(windows, all(unix, feature = "kerberos")))]
fn kerberos_error(fault: KerberosFault, asked: Option<&Asked>, detail: String) -> Error {
    let asked = asked.cloned().unwrap_or_default();
    Error::Kerberos(Box::new(KerberosError { fault, spn: asked.spn, principal: asked.principal, detail }))
}

fn server_error(error: &TokenError) -> Error {
    let (number, message) = (error.code(), error.message().to_owned());
    match number {
        number if is_login_failure(number) => Error::LoginFailed { number, state: error.state(), message },
        number if is_refusal(number) => Error::Refused { number, message },
        // No table, or the table of the old demo, which lacks the newer columns.
        207 | 208 => Error::SchemaMissing { message },
        number if is_transient(number) => Error::Unavailable(format!("{message} (error {number})")),
        number => {
            Error::Database(format!("{message} (error {number}, state {}, line {})", error.state(), error.line()))
        }
    }
}

/// The login, its database or its right to connect.
fn is_login_failure(number: u32) -> bool {
    matches!(number, 916 | 4060 | 4062 | 4064 | 15401 | 17806 | 18401..=18488 | 40532 | 40615)
}

/// A permission that is missing: on an object, a column, a statement, a database.
fn is_refusal(number: u32) -> bool {
    matches!(number, 229 | 230 | 262 | 297 | 300 | 2760 | 3704 | 15151 | 15247)
}

/// Two requests made the same row at once; the second finds it when it asks again.
fn is_unique_violation(number: u32) -> bool {
    matches!(number, 2601 | 2627)
}

fn is_transient(number: u32) -> bool {
    matches!(
        number,
        64 | 233
            | 921
            | 1204
            | 1205
            | 1222
            | 3960
            | 4221
            | 8645
            | 8651
            | 10053
            | 10054
            | 10060
            | 10928
            | 10929
            | 40143
            | 40197
            | 40501
            | 40540
            | 40613
            | 42108
            | 42109
            | 49918..=49920
    )
}
