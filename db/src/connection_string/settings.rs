//! What a connection string comes to: typed settings with Microsoft.Data.SqlClient's defaults.

use std::{path::PathBuf, time::Duration};

use super::{Password, ServerAddress};

/// The store that a connection string names.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// A file on this machine, `Server=(embedded)`.
    Embedded(EmbeddedSettings),
    /// A SQL Server.
    SqlServer(Box<SqlServerSettings>),
}

/// The embedded store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddedSettings {
    /// `AttachDbFilename`; default `bookstore.db` in the working directory.
    pub file: PathBuf,
    /// Whose rows the shop makes.
    pub login: EmbeddedLogin,
}

/// Whose name stands on rows in the embedded store, where nobody logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbeddedLogin {
    /// The name that `User ID` gives.
    User(String),
    /// The account of this process.
    Integrated,
}

/// A SQL Server, the login and the options of its connections.
///
/// Defaults and ranges: <https://learn.microsoft.com/sql/connect/ado-net/connection-options>.
#[derive(Debug, Clone, PartialEq)]
pub struct SqlServerSettings {
    /// `Data Source`.
    pub server: ServerAddress,
    /// `Initial Catalog`, at most 128 UTF-16 code units; `None` is the login's own default database.
    pub database: Option<String>,
    /// Who logs in.
    pub login: Login,
    /// `Encrypt`; default [`Encrypt::Mandatory`].
    pub encrypt: Encrypt,
    /// `Trust Server Certificate`: take any certificate; default false, and without effect under [`Encrypt::Strict`].
    pub trust_server_certificate: bool,
    /// `Host Name In Certificate`: the name to look for instead of the host.
    pub host_name_in_certificate: Option<String>,
    /// `Server Certificate`: the file of the certificate that the server must show.
    pub server_certificate: Option<PathBuf>,
    /// `Server SPN`: the Kerberos name of the server, instead of `MSSQLSvc/host:port`.
    pub server_spn: Option<String>,
    /// `Application Name`, at most 128 UTF-16 code units; default `Bookstore`.
    pub application_name: String,
    /// `Workstation ID`, at most 128 UTF-16 code units; `None` is this machine's name.
    pub workstation_id: Option<String>,
    /// `Application Intent`; default [`ApplicationIntent::ReadWrite`].
    pub application_intent: ApplicationIntent,
    /// `Multi Subnet Failover`: try all addresses of the host at once; default false.
    pub multi_subnet_failover: bool,
    /// `Connect Timeout`, whole seconds; default 15 s, and `None` (written 0) is no limit.
    pub connect_timeout: Option<Duration>,
    /// `Command Timeout`, whole seconds; default 30 s, and `None` (written 0) is no limit. It is for the whole reply, as SqlClient's:
    /// <https://learn.microsoft.com/dotnet/api/microsoft.data.sqlclient.sqlcommand.commandtimeout>.
    pub command_timeout: Option<Duration>,
    /// `Packet Size` in bytes, 512 to 32767 (MS-TDS 2.2.6.4); default 8000.
    pub packet_size: u32,
    /// `Pooling`: keep connections for later use; default true.
    pub pooling: bool,
    /// `Max Pool Size`, at least 1; default 100.
    pub max_pool_size: u32,
    /// `Min Pool Size`, at most the maximum; default 0.
    pub min_pool_size: u32,
    /// `Load Balance Timeout`, whole seconds that a pooled connection may live; `None` (written 0, the default) is for ever.
    pub load_balance_timeout: Option<Duration>,
    /// `Connect Retry Count`, 0 to 255; default 1. How often a statement is sent again after an error that passes, a lost connection
    /// among them; the shop does so three times at least, since its statements are safe to repeat.
    pub connect_retry_count: u32,
    /// `Connect Retry Interval`, 1 to 60 whole seconds; default 10 s. The longest pause before that; the first ones are shorter.
    pub connect_retry_interval: Duration,
}

impl SqlServerSettings {
    /// The defaults of everything but the server and the login.
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
            max_pool_size: 100,
            min_pool_size: 0,
            load_balance_timeout: None,
            connect_retry_count: 1,
            connect_retry_interval: Duration::from_secs(10),
        }
    }
}

/// Who logs in to a SQL Server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// A SQL login: `User ID` and `Password`, each at most 128 UTF-16 code units.
    Sql {
        /// The login's name, never empty.
        user: String,
        /// Its password, perhaps empty.
        password: Password,
    },
    /// `Integrated Security=true`: the account of this process, by Kerberos.
    Integrated,
}

/// How much of a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encrypt {
    /// The login only, unless the server asks for more; `Optional`, `false` or `no`.
    Optional,
    /// Everything, after TDS's own negotiation; `Mandatory`, `true` or `yes`.
    Mandatory,
    /// Everything, TLS before the first byte of TDS 8.0, certificate always checked; `Strict`.
    Strict,
}

/// What an availability group is told about the work to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationIntent {
    /// Reads and writes: the primary replica.
    ReadWrite,
    /// Reads only: a listener may route to a secondary.
    ReadOnly,
}
