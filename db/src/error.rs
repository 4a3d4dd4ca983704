//! What can go wrong with a store, by meaning. Which SQL Server number has which meaning: `sql_server/errors.rs`.

use std::time::Duration;

use crate::book::{Book, BookId};
use crate::kerberos::KerberosError;
use crate::login_policy::NotKerberos;

/// Why a store did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No such book.
    #[error("there is no book {0}")]
    NotFound(BookId),
    /// The book was changed since the version that the person saw. Carries the book as it is now.
    #[error("book {} was changed meanwhile: it is at version {} now", .0.id, .0.version)]
    Conflict(Box<Book>),
    /// The request id already made another book, which it carries.
    #[error("request {} has already made book {}, which says something else", .0.request_id, .0.id)]
    DuplicateRequest(Box<Book>),
    /// The login may not do this: SQL Server 229 and its relatives.
    #[error("the database refused: {message} (error {number})")]
    Refused {
        /// SQL Server's number.
        number: u32,
        /// The server's text.
        message: String,
    },
    /// The server was reached and refused the login: 18456, 18452, 4060 and their relatives.
    #[error("the login failed: {message} (error {number})")]
    LoginFailed {
        /// SQL Server's number.
        number: u32,
        /// Its state; for 18456 the server tells a client 1 whatever the reason was.
        state: u8,
        /// The server's text.
        message: String,
    },
    /// The tables are not there: SQL Server 208.
    #[error("the database has no schema yet: {message} – run `bookstore migrate`")]
    SchemaMissing {
        /// The server's text.
        message: String,
    },
    /// The database cannot be reached, or went away, or said that it is busy with something that passes.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// No connection of the pool came free in time.
    #[error("no database connection came free within {waited:?}{}", last_error.as_ref().map(|e| format!("; the last connection error was: {e}")).unwrap_or_default())]
    Busy {
        /// How long the request waited.
        waited: Duration,
        /// Why the last new connection could not be made, if one could not.
        last_error: Option<String>,
    },
    /// The server's certificate was not accepted, or TLS failed otherwise.
    #[error(
        "the encrypted connection could not be made: {0}; install the certificate's CA, name it with ServerCertificate=<file>, or, in a lab only, write TrustServerCertificate=true"
    )]
    Tls(String),
    /// The connection string asks for a login that this build cannot do.
    #[error(
        "this build cannot log in by integrated security; write User ID=…;Password=…, or build it with `cargo build --features kerberos` (Debian: libkrb5-dev, libclang-dev)"
    )]
    LoginModeMissing,
    /// Server SPN has a form that the driver cannot ask a ticket for.
    #[error("Server SPN={0} is not of the form MSSQLSvc/<host>:<port>; write it so, with a number for the port")]
    BadSpn(String),
    /// No ticket for the service: the login did not get as far as the server.
    #[error("the integrated login failed: {0}")]
    Kerberos(Box<KerberosError>),
    /// Logins other than by Kerberos are refused, and this is one.
    #[error("{0}, and BOOKSTORE_REQUIRE_KERBEROS is set; {advice}", advice = .0.advice())]
    KerberosRequired(#[from] NotKerberos),
    /// The statement took longer than Command Timeout.
    #[error("the database did not answer within Command Timeout ({0:?})")]
    TimedOut(Duration),
    /// Anything else that the database or the driver said.
    #[error("the database reported an error: {0}")]
    Database(String),
}

impl Error {
    /// Whether there was no connection to use, or no answer on it, so that who we are to the database is not known any more.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unavailable(_)
            | Self::TimedOut(_)
            | Self::Tls(_)
            | Self::LoginModeMissing
            | Self::BadSpn(_)
            | Self::Kerberos(_)
            | Self::KerberosRequired(_)
            | Self::LoginFailed { .. } => true,
            // With many requests at once all connections are in use, which says nothing of the database.
            Self::Busy { last_error, .. } => last_error.is_some(),
            Self::NotFound(_)
            | Self::Conflict(_)
            | Self::DuplicateRequest(_)
            | Self::Refused { .. }
            | Self::SchemaMissing { .. }
            | Self::Database(_) => false,
        }
    }
}
