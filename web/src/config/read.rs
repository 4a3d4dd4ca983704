//! Reads the settings and collects their errors.

use std::ffi::OsString;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use bookstore_db::connection_string::ConnectionString;
use tracing_subscriber::filter::Targets;

use super::settings::{SETTINGS, Setting};
use super::similar_variables;
use super::values::{Config, ConnectionStringSource, LogFormat};

impl Config {
    /// Reads all settings by `lookup`, which is the environment outside of tests.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigErrors> {
        let mut config = blank();
        let mut errors = Vec::new();
        for setting in SETTINGS {
            if let Err(error) = read_setting(setting, &lookup, &mut config) {
                errors.push(error);
            }
        }
        let strings = ["connectionstring", "connectionstring_file"].map(&lookup);
        if strings.iter().all(Option::is_some) {
            errors.push("connectionstring and connectionstring_file are both set: unset one of them".to_owned());
        }
        config.connection_string_source = match strings {
            [_, Some(file)] => ConnectionStringSource::File(file.into()),
            [Some(_), None] => ConnectionStringSource::Variable,
            [None, None] => ConnectionStringSource::Default,
        };
        if errors.is_empty() { Ok(config) } else { Err(ConfigErrors(errors)) }
    }

    /// Adds a warning per variable of `names` that was probably meant to hold the connection string, if none is set.
    #[must_use]
    pub fn with_similar_variables(mut self, names: &[OsString], lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        if self.connection_string_source == ConnectionStringSource::Default {
            self.connection_string.warnings.extend(similar_variables::find(names, lookup));
        }
        self
    }
}

/// Reads `BOOKSTORE_ADMIN_ADDR` alone.
///
/// # Errors
/// It is not an address.
pub(crate) fn admin_addr(lookup: impl Fn(&str) -> Option<OsString>) -> Result<SocketAddr, ConfigErrors> {
    let mut config = blank();
    let mut setting = SETTINGS.iter().filter(|setting| setting.name == "BOOKSTORE_ADMIN_ADDR");
    let read = setting.try_for_each(|setting| read_setting(setting, &lookup, &mut config));
    read.map_err(|error| ConfigErrors(vec![error]))?;
    Ok(config.admin_addr)
}

fn read_setting(
    setting: &Setting,
    lookup: impl Fn(&str) -> Option<OsString>,
    config: &mut Config,
) -> Result<(), String> {
    let name = setting.name;
    let text = match lookup(name).map(OsString::into_string) {
        Some(Ok(text)) => text,
        Some(Err(_)) => return Err(format!("{name} is not valid Unicode")),
        None => match setting.default {
            Some(default) => default.to_owned(),
            None => return Ok(()),
        },
    };
    (setting.apply)(config, &text).map_err(|advice| match setting.is_secret {
        true => format!("{name} is not usable: {advice}"),
        false => format!("{name} is {text:?}: {advice}"),
    })
}

/// The settings before the table fills them in, which has all defaults.
fn blank() -> Config {
    let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
    Config {
        connection_string: ConnectionString::default(),
        connection_string_source: ConnectionStringSource::Default,
        require_kerberos: false,
        shop_addr: nowhere,
        admin_addr: nowhere,
        currency: String::new(),
        shutdown_delay: Duration::ZERO,
        drain_timeout: Duration::ZERO,
        request_timeout: Duration::ZERO,
        read_timeout: Duration::ZERO,
        stall_timeout: Duration::ZERO,
        max_requests: 0,
        max_connections_per_client: usize::MAX,
        hosts: None,
        max_body: 0,
        public_diagnostics: false,
        log: Targets::new(),
        log_format: LogFormat::Auto,
    }
}

/// The errors of all settings: one line each, with the setting, its value unless it is secret, and what to write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors(Vec<String>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}
