//! Every setting of the bookstore, read once at the start. What they are called and mean: `config/settings.rs`.

mod parse;
mod settings;

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bookstore_db::connection_string::ConnectionString;
use tracing_subscriber::filter::Targets;

pub(crate) use parse::connection_string_text;
pub use settings::{SETTINGS, Setting, help};

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text if standard error is a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// For collectors: one object a line.
    Json,
}

/// Where the connection string comes from. `Display` names the setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// No setting names one.
    Default,
    /// The variable `connectionstring`.
    Variable,
    /// The file that `connectionstring_file` names, which is watched while the shop runs.
    File(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default, since connectionstring is not set"),
            Self::Variable => f.write_str("connectionstring"),
            Self::File(file) => write!(f, "connectionstring_file {}", file.display()),
        }
    }
}

/// The settings, parsed.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which database and which login.
    pub connection_string: ConnectionString,
    /// Where that was said.
    pub connection_string_source: Source,
    /// Whether only logins by Kerberos are good enough.
    pub require_kerberos: bool,
    /// Where the shop listens; port 0 lets the system choose.
    pub shop_addr: SocketAddr,
    /// Where health and metrics listen.
    pub admin_addr: SocketAddr,
    /// Between readiness off and the end of accepting.
    pub shutdown_delay: Duration,
    /// How long running requests may take to end.
    pub drain_timeout: Duration,
    /// The longest that one request may take, its body included.
    pub request_timeout: Duration,
    /// How long a client may take nothing of its answer.
    pub stall_timeout: Duration,
    /// Requests that run at once; one more is answered 503.
    pub max_requests: usize,
    /// The longest request body, in bytes.
    pub max_body: usize,
    /// Whether the doctor's page is on the shop, for everybody.
    pub public_diagnostics: bool,
    /// Which log lines are written.
    pub log: Targets,
    /// How.
    pub log_format: LogFormat,
}

impl Config {
    /// Reads all settings through `lookup`, which is the environment outside of tests.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigErrors> {
        let mut config = Self::blank();
        let mut errors = Vec::new();
        for setting in SETTINGS {
            if let Err(error) = setting.read(&lookup, &mut config) {
                errors.push(error);
            }
        }
        let strings = ["connectionstring", "connectionstring_file"].map(&lookup);
        if strings.iter().all(Option::is_some) {
            errors.push("connectionstring and connectionstring_file are both set: unset one of them".to_owned());
        }
        config.connection_string_source = match strings {
            [_, Some(file)] => Source::File(file.into()),
            [Some(_), None] => Source::Variable,
            [None, None] => Source::Default,
        };
        if errors.is_empty() { Ok(config) } else { Err(ConfigErrors(errors)) }
    }

    /// Before the table of settings has filled it in: no default is said twice.
    fn blank() -> Self {
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        Self {
            connection_string: ConnectionString::default(),
            connection_string_source: Source::Default,
            require_kerberos: false,
            shop_addr: nowhere,
            admin_addr: nowhere,
            shutdown_delay: Duration::ZERO,
            drain_timeout: Duration::ZERO,
            request_timeout: Duration::ZERO,
            stall_timeout: Duration::ZERO,
            max_requests: 0,
            max_body: 0,
            public_diagnostics: false,
            log: Targets::new(),
            log_format: LogFormat::Auto,
        }
    }
}

/// `BOOKSTORE_ADMIN_ADDR` alone.
///
/// # Errors
/// It is no address.
pub(crate) fn admin_addr(lookup: impl Fn(&str) -> Option<OsString>) -> Result<SocketAddr, ConfigErrors> {
    let mut config = Config::blank();
    let mut setting = SETTINGS.iter().filter(|setting| setting.name == "BOOKSTORE_ADMIN_ADDR");
    setting.try_for_each(|setting| setting.read(&lookup, &mut config)).map_err(|error| ConfigErrors(vec![error]))?;
    Ok(config.admin_addr)
}

/// What is wrong with the settings: one line each, naming the setting, its value unless secret, and what to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}
