//! Typed settings of a connection string, with Microsoft.Data.SqlClient's defaults.

use std::{fmt, path::PathBuf, time::Duration};

use super::server::ServerAddress;

/// The store that a connection string asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A file on this machine, `Server=(embedded)`.
    Embedded(EmbeddedSettings),
    /// A SQL Server.
    SqlServer(Box<SqlServerSettings>),
}

/// Settings of the embedded store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddedSettings {
    /// `AttachDbFilename`; default `bookstore.db` in the working directory.
    pub file: PathBuf,
    /// The login to record as the creator of rows.
    pub login: EmbeddedLogin,
}

/// The login to record as creator in the embedded store, where nobody logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbeddedLogin {
    /// The name that `User ID` gives.
    User(String),
    /// The account of this process.
    Integrated,
}

/// Settings of a SQL Server: address, login, and options of the connections.
///
/// Defaults and ranges: <https://learn.microsoft.com/sql/connect/ado-net/connection-options>.
#[derive(Debug, Clone, PartialEq)]
pub struct SqlServerSettings {
    /// `Data Source`.
    pub server: ServerAddress,
    /// `Initial Catalog`, at most 128 UTF-16 code units; `None` for the default database of the login.
    pub database: Option<String>,
    /// The login.
    pub login: Login,
    /// `Encrypt`; default [`Encrypt::Mandatory`].
    pub encrypt: Encrypt,
    /// `Trust Server Certificate`: accept any certificate; default false. Has no effect with [`Encrypt::Strict`].
    pub trust_server_certificate: bool,
    /// `Host Name In Certificate`: the name that the certificate must have, instead of the host.
    pub host_name_in_certificate: Option<String>,
    /// `Server Certificate`: a file with the certificate to trust.
    pub server_certificate: Option<PathBuf>,
    /// `Server SPN`: the SPN of the server, instead of `MSSQLSvc/<host>:<port>`.
    pub server_spn: Option<String>,
    /// `Application Name`, at most 128 UTF-16 code units; default `Bookstore`.
    pub application_name: String,
    /// `Workstation ID`, at most 128 UTF-16 code units; `None` for this machine's name.
    pub workstation_id: Option<String>,
    /// `Application Intent`; default [`ApplicationIntent::ReadWrite`].
    pub application_intent: ApplicationIntent,
    /// `Multi Subnet Failover`: try all addresses of the host in parallel; default false.
    pub multi_subnet_failover: bool,
    /// `Connect Timeout`, whole seconds; default 15 s; `None` (written 0) for no limit.
    pub connect_timeout: Option<Duration>,
    /// `Command Timeout`, whole seconds; default 30 s; `None` (written 0) for no limit. It covers the complete reply,
    /// as in SqlClient: <https://learn.microsoft.com/dotnet/api/microsoft.data.sqlclient.sqlcommand.commandtimeout>.
    pub command_timeout: Option<Duration>,
    /// `Packet Size` in bytes, 512 to 32768; default 8000. An encrypted connection has at most 16383.
    pub packet_size: u32,
    /// `Pooling`: keep connections for later use; default true.
    pub pooling: bool,
    /// `Pool Blocking Period`; default [`PoolBlockingPeriod::Auto`].
    pub pool_blocking_period: PoolBlockingPeriod,
    /// `Max Pool Size`, 1 to 32,767; default 100.
    pub max_pool_size: u32,
    /// `Min Pool Size`, at most the maximum; default 0.
    pub min_pool_size: u32,
    /// `Load Balance Timeout`, the maximum age of a pooled connection in whole seconds; `None` (written 0, the default)
    /// for no limit.
    pub load_balance_timeout: Option<Duration>,
    /// `Connection Idle Timeout`: a pooled connection is closed after this long without use; default 300 s; `None`
    /// (written 0) for no limit.
    pub idle_timeout: Option<Duration>,
    /// `Connect Retry Count`, 0 to 255; default 1. Number of retries of a statement after a transient error or a lost
    /// connection. The shop retries at least three times, because its statements are safe to repeat.
    pub connect_retry_count: u32,
    /// `Connect Retry Interval`, 1 to 60 whole seconds; default 10 s. The longest pause before a retry; the first ones
    /// are shorter.
    pub connect_retry_interval: Duration,
}

impl SqlServerSettings {
    /// Returns the defaults of all other settings.
    #[must_use]
    pub fn new(server: ServerAddress, login: Login) -> Self {
        Self {
            server,
            database: None,
            login,
            encrypt: Encrypt::Mandatory,
            trust_server_certificate: false,
            host_name_in_certificate: None,
            server_certificate: None,
            server_spn: None,
            application_name: "Bookstore".to_owned(),
            workstation_id: None,
            application_intent: ApplicationIntent::ReadWrite,
            multi_subnet_failover: false,
            connect_timeout: Some(Duration::from_secs(15)),
            command_timeout: Some(Duration::from_secs(30)),
            packet_size: 8000,
            pooling: true,
            pool_blocking_period: PoolBlockingPeriod::Auto,
            max_pool_size: 100,
            min_pool_size: 0,
            load_balance_timeout: None,
            idle_timeout: Some(Duration::from_secs(300)),
            connect_retry_count: 1,
            connect_retry_interval: Duration::from_secs(10),
        }
    }
}

/// The login to a SQL Server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// A SQL login: `User ID` and `Password`, each at most 128 UTF-16 code units.
    Sql {
        /// The user name, never empty.
        user: String,
        /// The password, which may be empty.
        password: Password,
    },
    /// `Integrated Security=true`: the account of this process, by Kerberos.
    Integrated,
}

/// A password. `Debug` and `Display` print `***`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Creates a password from plain text.
    #[must_use]
    pub fn new(plain: impl Into<String>) -> Self {
        Self(plain.into())
    }

    /// Returns the plain text. Only the login needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(***)")
    }
}

impl fmt::Display for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How much of a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encrypt {
    /// The login only, unless the server requires more; `Optional`, `false` or `no`.
    Optional,
    /// All traffic, negotiated in TDS; `Mandatory`, `true` or `yes`.
    Mandatory,
    /// All traffic, with TLS before the first byte of TDS 8.0 and the certificate always checked; `Strict`.
    Strict,
}

/// Whether a failed login blocks further ones for a time: see `sql_server/login_backoff.rs`.
/// <https://learn.microsoft.com/dotnet/api/microsoft.data.sqlclient.poolblockingperiod>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolBlockingPeriod {
    /// Yes, except on Azure SQL.
    Auto,
    /// Yes, on every server.
    AlwaysBlock,
    /// No.
    NeverBlock,
}

/// The endings of Azure SQL's server names.
/// <https://learn.microsoft.com/dotnet/framework/whats-new/#sql-connectivity>
const AZURE_SQL: [&str; 4] =
    [".database.windows.net", ".database.chinacloudapi.cn", ".database.usgovcloudapi.net", ".database.cloudapi.de"];

impl PoolBlockingPeriod {
    /// Whether a failed login to this server blocks further ones.
    pub(crate) fn is_enabled_for(self, server: &ServerAddress) -> bool {
        let host = server.host.to_ascii_lowercase();
        let is_azure = AZURE_SQL.iter().any(|ending| host.trim_end_matches('.').ends_with(ending));
        match self {
            Self::Auto => !is_azure,
            Self::AlwaysBlock => true,
            Self::NeverBlock => false,
        }
    }
}

/// What the application announces to an availability group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationIntent {
    /// Reads and writes: the primary replica.
    ReadWrite,
    /// Reads only: a listener may route to a secondary.
    ReadOnly,
}
