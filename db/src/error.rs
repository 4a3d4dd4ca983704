//! Errors of a store, by meaning. `sql_server/errors.rs` maps SQL Server's error numbers to them.

use std::fmt;
use std::time::Duration;

use bookstore_kerberos::{KerberosError, KerberosFault};

use crate::auth_scheme::AuthScheme;
use crate::book::{Book, BookId};

/// Why a store did not do what it was asked to do.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No book has this id.
    #[error("there is no book {0}")]
    NotFound(BookId),
    /// The book is not at the expected version. Carries the current book.
    #[error("book {} was changed by somebody else: it is now at version {}", .0.id, .0.version)]
    Conflict(Box<Book>),
    /// The request id was used before, for a book with other content. Carries that book.
    #[error(
        "request {} has already created book {}, which has other content; use a new request id",
        .0.request_id, .0.id
    )]
    DuplicateRequest(Box<Book>),
    /// The login lacks a permission: SQL Server 229 and related errors.
    #[error("the database denied permission: {0}")]
    PermissionDenied(ServerError),
    /// The server was reached and refused the login: 18456, 18452, 4060 and related errors.
    #[error("the login failed: {0}")]
    LoginFailed(ServerError),
    /// A table, view or column is missing: SQL Server 207 and 208.
    #[error("the database has no schema, or an older one: {0}; run `bookstore migrate`")]
    SchemaMissing(ServerError),
    /// The server cannot be reached, or the connection was lost.
    #[error("the database is unreachable: {0}")]
    Unavailable(String),
    /// The server or the database is starting, restoring or failing over: 18401, 922 and related errors.
    #[error("the database is starting: {0}")]
    Starting(ServerError),
    /// Another session holds a lock that the statement needs: 1222, 1205, 3960.
    #[error("another session holds a lock that the statement needs: {0}")]
    Locked(ServerError),
    /// The server lacks the resources for the statement: 8645, 10928, 40501 and related errors.
    #[error("the database server is overloaded: {0}")]
    Overloaded(ServerError),
    /// The disk or the log of the database is full: 1105, 9002 and related errors.
    #[error("the database has no space left: {text}")]
    StorageFull {
        /// What the database reported.
        text: String,
        /// SQL Server's number; the embedded store has none.
        number: Option<u32>,
    },
    /// All connections of the pool stayed in use.
    #[error("no database connection came free within {0:?}: all connections of the pool are in use")]
    Busy(Duration),
    /// The server's certificate was refused.
    #[error(
        "the server's certificate was refused: {0}; install the certificate's CA, name it with \
         ServerCertificate=<file>, or, in a lab only, write TrustServerCertificate=true"
    )]
    CertificateRefused(String),
    /// TLS failed for another reason than the certificate.
    #[error("no encrypted connection: {0}")]
    Tls(String),
    /// The connection string asks for an integrated login, which this build does not support.
    #[error(
        "this build does not support integrated login; write User ID=…;Password=…, or build it with \
         `cargo build --features kerberos` (Debian: libkrb5-dev, libclang-dev)"
    )]
    IntegratedLoginUnsupported,
    /// `Server SPN` has a form that the driver cannot request a ticket for.
    #[error("Server SPN={0} is not of the form MSSQLSvc/<host>:<port>; write it so, with a number for the port")]
    InvalidSpn(String),
    /// The driver or the Kerberos library's binding panicked within an integrated login.
    #[error(
        "the program failed within the login: {0}; this is a fault of the shop, not a response of the server: report it \
         with this text"
    )]
    LoginPanicked(String),
    /// No service ticket was obtained: the login did not reach the server.
    #[error("the integrated login failed: {0}")]
    Kerberos(Box<KerberosError>),
    /// The login policy requires Kerberos, and this login uses another scheme.
    #[error("{}", kerberos_required(.0))]
    KerberosRequired(AuthScheme),
    /// The statement took longer than Command Timeout.
    #[error("the database did not answer within Command Timeout ({0:?})")]
    TimedOut(Duration),
    /// Any other error that SQL Server reported.
    #[error("the database reported an error: {0}")]
    Server(ServerError),
    /// An error without a number: of the driver, or of the embedded store.
    #[error("the database reported an error: {0}")]
    Database(String),
}

impl Error {
    /// Whether there was no usable connection or no answer on it, so that the current identity is unknown.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unavailable(_)
            | Self::Starting(_)
            | Self::TimedOut(_)
            | Self::CertificateRefused(_)
            | Self::Tls(_)
            | Self::IntegratedLoginUnsupported
            | Self::InvalidSpn(_)
            | Self::LoginPanicked(_)
            | Self::Kerberos(_)
            | Self::KerberosRequired(_)
            | Self::LoginFailed(_) => true,
            Self::NotFound(_)
            | Self::Conflict(_)
            | Self::DuplicateRequest(_)
            | Self::PermissionDenied(_)
            | Self::SchemaMissing(_)
            | Self::Locked(_)
            | Self::Overloaded(_)
            | Self::StorageFull { .. }
            // Under load all connections are in use, which does not mean that the database is unavailable.
            | Self::Busy(_)
            | Self::Server(_)
            | Self::Database(_) => false,
        }
    }

    /// The number of the error that SQL Server reported.
    pub(crate) fn server_number(&self) -> Option<u32> {
        match self {
            Self::PermissionDenied(error)
            | Self::LoginFailed(error)
            | Self::SchemaMissing(error)
            | Self::Starting(error)
            | Self::Locked(error)
            | Self::Overloaded(error)
            | Self::Server(error) => Some(error.number),
            Self::StorageFull { number, .. } => *number,
            _ => None,
        }
    }

    /// Whether an account was refused, so that repeating the login may lock it.
    pub fn is_account_refused(&self) -> bool {
        match self {
            Self::LoginFailed(error) => !CANNOT_OPEN_DATABASE.contains(&error.number),
            Self::Kerberos(error) => matches!(error.fault, KerberosFault::WrongKey | KerberosFault::Revoked),
            _ => false,
        }
    }
}

/// The server accepted the account, but not for this database.
/// <https://learn.microsoft.com/sql/relational-databases/errors-events/mssqlserver-4060-database-engine-error>
const CANNOT_OPEN_DATABASE: [u32; 5] = [911, 916, 4060, 4062, 4064];

/// An error as SQL Server reported it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerError {
    /// The error number.
    pub number: u32,
    /// The error's state. For 18456 the server always sends 1 to clients, whatever the cause.
    pub state: u8,
    /// The line of the batch or procedure; 0 if the error is not from a statement.
    pub line: u32,
    /// The server's message.
    pub message: String,
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, state, line, message } = self;
        write!(f, "{message} (error {number}, state {state}")?;
        if *line > 0 {
            write!(f, ", line {line}")?;
        }
        f.write_str(")")
    }
}

fn kerberos_required(scheme: &AuthScheme) -> String {
    let used = match scheme {
        AuthScheme::Embedded => "nobody logs in to the embedded store".to_owned(),
        scheme => format!("the login uses {scheme}, not KERBEROS"),
    };
    let fix = match scheme {
        AuthScheme::Sql | AuthScheme::Embedded => {
            "write Server=<host>;Trusted_Connection=true without a user and a password, or unset it"
        }
        _ => {
            "register the SPN of the server's name in the connection string with `setspn -S`, and check that this \
             machine reaches a domain controller"
        }
    };
    format!("{used}, and BOOKSTORE_REQUIRE_KERBEROS is set; {fix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kerberos_required_names_the_scheme_and_the_fix() {
        let text = Error::KerberosRequired(AuthScheme::Ntlm).to_string();
        for part in ["NTLM", "BOOKSTORE_REQUIRE_KERBEROS", "setspn"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn missing_database_is_a_failed_login_that_locks_no_account() {
        let failed = |number| Error::LoginFailed(ServerError { number, ..ServerError::default() });
        assert!(failed(18456).is_account_refused() && failed(18486).is_account_refused());
        assert!(!failed(4060).is_account_refused() && !failed(911).is_account_refused());
    }
}
