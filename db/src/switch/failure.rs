//! A failed switch, for the log, the metrics and the diagnosis page.

use std::time::SystemTime;

use crate::connection_string::{ConnectionString, ParseError};
use crate::error::Error;

/// A switch that failed, with its attempts. Contains no secret.
#[derive(Clone, Debug)]
pub struct FailedSwitch {
    /// When it was last tried, by this machine's clock.
    pub at: SystemTime,
    /// Number of attempts.
    pub attempts: u32,
    /// The connection string with its password as `***`; `None` if it cannot be parsed.
    pub connection_string: Option<String>,
    /// Why it failed.
    pub error: SwitchError,
}

impl FailedSwitch {
    /// Records the first failed attempt.
    pub fn new(connection_string: Option<&ConnectionString>, error: SwitchError) -> Self {
        let connection_string = connection_string.map(ConnectionString::to_string);
        Self { at: SystemTime::now(), attempts: 1, connection_string, error }
    }

    /// Records another failed attempt with the same connection string.
    pub fn retried(&self, error: SwitchError) -> Self {
        Self { at: SystemTime::now(), attempts: self.attempts.saturating_add(1), error, ..self.clone() }
    }
}

/// Why a switch failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SwitchError {
    /// The file with the connection string cannot be read, or is empty.
    #[error("{file} cannot be read: {cause}")]
    File {
        /// Its path.
        file: String,
        /// The system's error, or that the file is empty.
        cause: String,
    },
    /// The connection string is invalid or not supported.
    #[error("the connection string is invalid: {0}")]
    InvalidConnectionString(#[from] ParseError),
    /// The store cannot be opened, or did not pass the check.
    #[error(transparent)]
    Store(#[from] Error),
}

impl SwitchError {
    /// Returns what to do.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::File { .. } => {
                "check that the secret is mounted there and that this process may read it; the file is read again \
                 automatically"
            }
            Self::InvalidConnectionString(_) => "correct the connection string; the file is read as soon as it changes",
            Self::Store(Error::LoginFailed(_)) => {
                "check User ID, Password and Database, and that the login exists on that server and has a user in the \
                 database: `bookstore migrate --grant` creates it; a refused login is retried at growing intervals, \
                 so that the account is not locked"
            }
            Self::Store(Error::PermissionDenied(_)) => {
                "give the login its role: bookstore migrate --grant '<login>', run by the database's owner"
            }
            Self::Store(Error::Unavailable(_) | Error::Starting(_) | Error::Busy(_) | Error::TimedOut(_)) => {
                "check Server, its name in DNS and its port; the switch is retried automatically"
            }
            Self::Store(_) => "the switch is retried automatically",
        }
    }
}
