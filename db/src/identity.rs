//! Who the application is to the database, by the database's own word.

use std::fmt;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::error::Error;

/// How the login was proved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AuthScheme {
    /// A name and a password that SQL Server keeps.
    Sql,
    /// A ticket for the service: what integrated login is meant to be.
    Kerberos,
    /// The fall-back that proves no server and needs a domain controller at each login.
    Ntlm,
    /// The embedded store, where nobody logs in.
    Embedded,
    /// Whatever else the server said.
    Other(String),
}

impl AuthScheme {
    /// From `CONNECTIONPROPERTY('auth_scheme')`.
    pub fn from_server(text: &str) -> Self {
        match text {
            "SQL" => Self::Sql,
            "KERBEROS" => Self::Kerberos,
            "NTLM" => Self::Ntlm,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for AuthScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sql => "SQL",
            Self::Kerberos => "KERBEROS",
            Self::Ntlm => "NTLM",
            Self::Embedded => "EMBEDDED",
            Self::Other(text) => text,
        })
    }
}

/// What of the traffic is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encryption {
    /// All of it, required by the connection string.
    Full,
    /// The login; the rest only if the server insists (`Encrypt=Optional`).
    LoginOnly,
    /// There is no traffic: the store is a file.
    NotApplicable,
}

/// A login and the connection it was made on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `SUSER_SNAME()`: the login that rows are recorded under.
    pub login: String,
    /// `ORIGINAL_LOGIN()`: the login before any impersonation.
    pub original_login: String,
    /// How the login was proved.
    pub auth_scheme: AuthScheme,
    /// `CONNECTIONPROPERTY('net_transport')`, like `TCP`; none for a file.
    pub transport: Option<String>,
    /// The service that a ticket was asked for, like `MSSQLSvc/db.contoso.com:1433`; none for a SQL login.
    pub spn: Option<String>,
    /// What is encrypted.
    pub encryption: Encryption,
    /// The server's own name, or the file of the embedded store.
    pub server: String,
    /// The server's version, like `16.0.4135.4`.
    pub server_version: String,
    /// The database.
    pub database: String,
    /// The client's address as the server sees it; none for a file.
    pub client_address: Option<String>,
}

/// What is known of the login at a moment.
#[derive(Clone, Debug)]
pub struct LoginState {
    /// Who the application is, as the newest connection was told; none until a first one was made.
    pub identity: Option<Arc<Identity>>,
    /// Since when it is this login, proved in this way, by this machine's clock.
    pub since: Option<OffsetDateTime>,
    /// Set while the database cannot be had: the identity is then the last known one.
    pub away: Option<Arc<Away>>,
}

/// The database cannot be had.
#[derive(Clone, Debug)]
pub struct Away {
    /// Since the first statement that failed, by this machine's clock.
    pub since: OffsetDateTime,
    /// Why the last one did.
    pub error: Error,
}

impl Identity {
    /// Whether both are one account that proved itself in one way.
    pub(crate) fn same_login(&self, other: &Self) -> bool {
        (&self.login, &self.auth_scheme) == (&other.login, &other.auth_scheme)
    }
}
