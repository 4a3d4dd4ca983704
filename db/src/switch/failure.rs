//! A connection string that was wanted and does not work, for the log, the metrics and the diagnosis.

use std::time::SystemTime;

use crate::connection_string::{ConnectionString, ParseError};
use crate::error::Error;

/// A switch that was tried and did not come about. Nothing in it is secret.
#[derive(Clone, Debug)]
pub struct FailedSwitch {
    /// When it was tried last, by this machine's clock.
    pub at: SystemTime,
    /// How often it was tried.
    pub tries: u32,
    /// The connection string, its password as `***`; none if it cannot be read.
    pub connection_string: Option<String>,
    /// Why it does not work.
    pub error: SwitchError,
}

impl FailedSwitch {
    /// One that failed just now, for the first time.
    pub fn first(connection_string: Option<&ConnectionString>, error: SwitchError) -> Self {
        let connection_string = connection_string.map(ConnectionString::to_string);
        Self { at: SystemTime::now(), tries: 1, connection_string, error }
    }

    /// The same string, failed again just now.
    pub fn again(&self, error: SwitchError) -> Self {
        Self { at: SystemTime::now(), tries: self.tries.saturating_add(1), error, ..self.clone() }
    }
}

/// Why a wanted connection string does not become current.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SwitchError {
    /// The file that should hold it tells nothing.
    #[error("{file} cannot be read: {cause}")]
    File {
        /// Its path.
        file: String,
        /// What the system says, or that it is empty.
        cause: String,
    },
    /// It cannot be understood, or asks for what is not done here.
    #[error("it is not usable: {0}")]
    Unusable(#[from] ParseError),
    /// Its store does not open, or does not answer as a shop's database does.
    #[error(transparent)]
    Store(#[from] Error),
}

impl SwitchError {
    /// What to do about it, where the error does not say it itself.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::File { .. } => {
                "see that the secret is mounted there and that this process may read it; it is read again by itself"
            }
            Self::Unusable(_) => "write the string again; it is read as soon as the file has changed",
            Self::Store(Error::LoginFailed { .. }) => {
                "check User ID, Password and Database, and that the login exists on that server and has a user in the database: \
                 `bookstore migrate --grant` makes it; a refused login is tried again ever more rarely, so as not to lock the account"
            }
            Self::Store(Error::Refused { .. }) => {
                "let the login use the shop: bookstore migrate --grant '<login>', run by the database's owner"
            }
            Self::Store(Error::Unavailable(_) | Error::Busy { .. } | Error::TimedOut(_)) => {
                "check Server, its name in the DNS and its port; it is tried again by itself"
            }
            Self::Store(_) => "it is tried again by itself",
        }
    }
}
