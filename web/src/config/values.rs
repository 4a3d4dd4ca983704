//! The values of all settings, parsed.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bookstore_db::connection_string::ConnectionString;
use bookstore_db::login_policy::LoginPolicy;
use tracing_subscriber::filter::Targets;

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text if standard error is a terminal, JSON otherwise.
    Auto,
    /// Text for people.
    Text,
    /// One JSON object per line, for collectors.
    Json,
}

/// The setting that the connection string comes from. `Display` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionStringSource {
    /// Neither setting is set.
    Default,
    /// `connectionstring`.
    Variable,
    /// The file named by `connectionstring_file`, which is watched while the shop runs.
    File(PathBuf),
}

impl fmt::Display for ConnectionStringSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default, since connectionstring is not set"),
            Self::Variable => f.write_str("connectionstring"),
            Self::File(file) => write!(f, "connectionstring_file {}", file.display()),
        }
    }
}

/// All settings, parsed.
#[derive(Clone, Debug)]
pub struct Config {
    /// The database and the login.
    pub connection_string: ConnectionString,
    /// Where it comes from.
    pub connection_string_source: ConnectionStringSource,
    /// Whether every login has to use Kerberos.
    pub require_kerberos: bool,
    /// The address of the shop's listener; port 0 lets the system choose one.
    pub shop_addr: SocketAddr,
    /// The address of the admin listener.
    pub admin_addr: SocketAddr,
    /// What pages show beside prices; may be empty.
    pub currency: String,
    /// Time between readiness off and the last accepted connection.
    pub shutdown_delay: Duration,
    /// Longest time for running requests at shutdown.
    pub drain_timeout: Duration,
    /// Longest time for one request, including its body.
    pub request_timeout: Duration,
    /// Longest time for a client to send a request's head, and again for its body.
    pub read_timeout: Duration,
    /// A connection is closed after its client has read nothing for this long.
    pub stall_timeout: Duration,
    /// Most requests that run at once; one more is answered with 503.
    pub max_requests: usize,
    /// Most open connections of one client address.
    pub max_connections_per_client: usize,
    /// The host names that requests may name, in lower case; `None` means that the listener's address decides.
    pub hosts: Option<Vec<String>>,
    /// Largest request body in bytes.
    pub max_body: usize,
    /// Whether `/diagnostics` is on the shop's listener too, for every visitor.
    pub public_diagnostics: bool,
    /// The log levels.
    pub log: Targets,
    /// The format of log lines.
    pub log_format: LogFormat,
}

impl Config {
    /// Which logins the shop and its commands accept.
    pub(crate) fn login_policy(&self) -> LoginPolicy {
        LoginPolicy { require_kerberos: self.require_kerberos }
    }
}
