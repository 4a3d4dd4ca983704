//! The identity of the application, as reported by the database.

use std::fmt;
use std::sync::Arc;

use time::OffsetDateTime;

pub use crate::auth_scheme::AuthScheme;
use crate::error::Error;
use crate::unavailable_reason::UnavailableReason;

/// How much of the traffic to the server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encryption {
    /// All of it, because the connection string or the server requires it.
    Full,
    /// The login alone: `Encrypt=Optional`, and the server does not require more.
    LoginOnly,
    /// Not applicable: the store is a file.
    NotApplicable,
}

/// The TLS session of a connection, as the server chose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSession {
    /// The version of the protocol, like `TLS 1.3`.
    pub version: String,
    /// The cipher suite by its registered name, like `TLS_AES_256_GCM_SHA384`.
    pub cipher: String,
}

impl fmt::Display for TlsSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version, cipher } = self;
        write!(f, "{version}, {cipher}")
    }
}

/// The login of a connection, and the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `SUSER_SNAME()`: the login that is recorded in `CreatedBy`.
    pub login: String,
    /// `ORIGINAL_LOGIN()`: the login before any impersonation.
    pub original_login: String,
    /// How the server authenticated the login.
    pub auth_scheme: AuthScheme,
    /// `CONNECTIONPROPERTY('net_transport')`, like `TCP`; `None` for a file.
    pub transport: Option<String>,
    /// The SPN of the service ticket, like `MSSQLSvc/db.contoso.com:1433`; `None` for a SQL login.
    pub spn: Option<String>,
    /// How much of the traffic is encrypted.
    pub encryption: Encryption,
    /// The TLS session that encrypts it; `None` for a file, or if the server's first bytes do not show it.
    pub tls: Option<TlsSession>,
    /// The server's name as it reports it, or `(embedded)`.
    pub server: String,
    /// The server's version, like `16.0.4135.4`.
    pub server_version: String,
    /// The database, or the file of the embedded store.
    pub database: String,
    /// The client's address as the server sees it; `None` for a file.
    pub client_address: Option<String>,
}

/// What is known about the login at one moment.
#[derive(Clone, Debug)]
pub struct LoginState {
    /// The identity on the newest connection; `None` before the first connection.
    pub identity: Option<Arc<Identity>>,
    /// When this login with this auth scheme was first seen, by this machine's clock.
    pub since: Option<OffsetDateTime>,
    /// Set while the database is unavailable: the identity is then the last known one.
    pub outage: Option<Arc<Outage>>,
}

/// A time during which the database is unavailable.
#[derive(Clone, Debug)]
pub struct Outage {
    /// When the first statement failed, by this machine's clock.
    pub since: OffsetDateTime,
    /// The error of the latest statement that failed.
    pub error: Error,
}

impl LoginState {
    /// Whether both have the same identity since the same moment, and the same outage for the same reason or none.
    pub fn is_same_state(&self, other: &Self) -> bool {
        let outage =
            |state: &Self| state.outage.as_ref().map(|outage| (outage.since, UnavailableReason::of(&outage.error)));
        (&self.identity, self.since, outage(self)) == (&other.identity, other.since, outage(other))
    }
}

impl Identity {
    /// Whether both are the same login with the same auth scheme.
    pub(crate) fn is_same_login(&self, other: &Self) -> bool {
        (&self.login, &self.auth_scheme) == (&other.login, &other.auth_scheme)
    }
}
