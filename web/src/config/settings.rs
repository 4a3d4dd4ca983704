//! The table of settings. `--help` prints it, [`super::Config::read`] reads by it, and errors quote it.

use std::ffi::OsString;
use std::fmt::Write;
use std::time::Duration;

use bookstore_db::connection_string::DEFAULT_CONNECTION_STRING;

use super::Config;
use super::parse;

/// One setting: an environment variable.
#[derive(Debug)]
pub struct Setting {
    /// The variable's name.
    pub name: &'static str,
    /// What an unset variable means, in the words that a person would write.
    pub default: Option<&'static str>,
    /// What it is for.
    pub meaning: &'static str,
    /// Whether its value stays out of errors.
    secret: bool,
    apply: fn(&mut Config, &str) -> Result<(), String>,
}

const HOUR: Duration = Duration::from_secs(3600);

/// All settings, in the order in which `--help` shows them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "connectionstring",
        default: Some(DEFAULT_CONNECTION_STRING),
        meaning: "which database and which login, in SqlClient's syntax",
        secret: true,
        apply: |config, text| parse::connection_string(text).map(|value| config.connection_string = value),
    },
    Setting {
        name: "connectionstring_file",
        default: None,
        meaning: "a file that holds the connection string, such as a mounted secret",
        secret: true,
        apply: |config, text| parse::connection_string_file(text).map(|value| config.connection_string = value),
    },
    Setting {
        name: "BOOKSTORE_REQUIRE_KERBEROS",
        default: Some("false"),
        meaning: "true refuses every login to the database but one by Kerberos, by the server's own word; NTLM is a warning otherwise",
        secret: false,
        apply: |config, text| parse::switch(text).map(|value| config.require_kerberos = value),
    },
    Setting {
        name: "BOOKSTORE_ADDR",
        default: Some("127.0.0.1:8080"),
        meaning: "where the shop listens",
        secret: false,
        apply: |config, text| parse::address(text).map(|value| config.shop_addr = value),
    },
    Setting {
        name: "BOOKSTORE_ADMIN_ADDR",
        default: Some("127.0.0.1:9090"),
        meaning: "where /healthz, /readyz, /metrics and /diagnostics listen",
        secret: false,
        apply: |config, text| parse::address(text).map(|value| config.admin_addr = value),
    },
    Setting {
        name: "BOOKSTORE_SHUTDOWN_DELAY",
        default: Some("0s"),
        meaning: "how long to go on serving after readiness is off, so that load balancers can notice",
        secret: false,
        apply: |config, text| parse::duration(text, Duration::ZERO..=HOUR).map(|value| config.shutdown_delay = value),
    },
    Setting {
        name: "BOOKSTORE_DRAIN_TIMEOUT",
        default: Some("25s"),
        meaning: "how long running requests may take to end at shutdown",
        secret: false,
        apply: |config, text| parse::duration(text, Duration::ZERO..=HOUR).map(|value| config.drain_timeout = value),
    },
    Setting {
        name: "BOOKSTORE_REQUEST_TIMEOUT",
        default: Some("45s"),
        meaning: "how long one request may take",
        secret: false,
        apply: |config, text| {
            parse::duration(text, Duration::from_millis(1)..=HOUR).map(|value| config.request_timeout = value)
        },
    },
    Setting {
        name: "BOOKSTORE_STALL_TIMEOUT",
        default: Some("30s"),
        meaning: "how long a client may take nothing of its answer before its connection is closed",
        secret: false,
        apply: |config, text| {
            parse::duration(text, Duration::from_millis(1)..=HOUR).map(|value| config.stall_timeout = value)
        },
    },
    Setting {
        name: "BOOKSTORE_MAX_REQUESTS",
        default: Some("512"),
        meaning: "how many requests may run at once, those who wait for the same page counted as one; one more is answered 503",
        secret: false,
        apply: |config, text| parse::count(text, 1..=100_000).map(|value| config.max_requests = value),
    },
    Setting {
        name: "BOOKSTORE_MAX_BODY",
        default: Some("64 KiB"),
        meaning: "how long a request's body may be; a longer one is answered 413",
        secret: false,
        apply: |config, text| parse::size(text, (1 << 10)..=(16 << 20)).map(|value| config.max_body = value),
    },
    Setting {
        name: "BOOKSTORE_PUBLIC_DIAGNOSTICS",
        default: Some("false"),
        meaning: "true shows /diagnostics on the shop too, to everybody: it names hosts, accounts and permissions, and no secret",
        secret: false,
        apply: |config, text| parse::switch(text).map(|value| config.public_diagnostics = value),
    },
    Setting {
        name: "BOOKSTORE_LOG",
        default: Some("info"),
        meaning: "which log lines are written: a level, or target=level pairs",
        secret: false,
        apply: |config, text| parse::filter(text).map(|value| config.log = value),
    },
    Setting {
        name: "BOOKSTORE_LOG_FORMAT",
        default: Some("auto"),
        meaning: "auto, text or json; auto is text on a terminal and JSON otherwise",
        secret: false,
        apply: |config, text| parse::log_format(text).map(|value| config.log_format = value),
    },
];

impl Setting {
    pub(super) fn read(&self, lookup: impl Fn(&str) -> Option<OsString>, config: &mut Config) -> Result<(), String> {
        let name = self.name;
        let text = match lookup(name).map(OsString::into_string) {
            Some(Ok(text)) => text,
            Some(Err(_)) => return Err(format!("{name} is not valid Unicode")),
            None => match self.default {
                Some(default) => default.to_owned(),
                None => return Ok(()),
            },
        };
        (self.apply)(config, &text).map_err(|advice| match self.secret {
            true => format!("{name} is not usable: {advice}"),
            false => format!("{name} is {text:?}: {advice}"),
        })
    }
}

/// The table as text for `--help`.
pub fn help() -> String {
    let mut text = String::from("Settings (environment variables):\n");
    for Setting { name, default, meaning, .. } in SETTINGS {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {name}\n      {meaning}\n");
        if let Some(default) = default {
            let _ = writeln!(text, "      [default: {default}]");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LogFormat;

    fn read(settings: &[(&str, &str)]) -> Result<Config, String> {
        let lookup = |name: &str| settings.iter().find(|(key, _)| *key == name).map(|(_, text)| text.into());
        Config::read(lookup).map_err(|errors| errors.to_string())
    }

    #[test]
    fn without_any_setting_the_defaults_of_the_table_hold() {
        let config = read(&[]).unwrap();
        assert_eq!(config.shop_addr.to_string(), "127.0.0.1:8080");
        assert_eq!(config.max_body, 65_536);
        assert_eq!(config.log_format, LogFormat::Auto);
        assert_eq!(config.connection_string, DEFAULT_CONNECTION_STRING.parse().unwrap());
    }

    #[test]
    fn all_bad_settings_are_reported_at_once_with_their_values_and_what_to_write() {
        let errors =
            read(&[("BOOKSTORE_ADDR", "here"), ("BOOKSTORE_MAX_REQUESTS", "0"), ("BOOKSTORE_LOG", "")]).unwrap_err();
        let lines: Vec<_> = errors.lines().collect();
        assert_eq!(lines.len(), 3, "{errors}");
        assert!(lines[0].starts_with("BOOKSTORE_ADDR is \"here\": write an IP address and a port"), "{errors}");
        assert!(lines[1].starts_with("BOOKSTORE_MAX_REQUESTS is \"0\": write a whole number from 1"), "{errors}");
        assert!(lines[2].starts_with("BOOKSTORE_LOG is \"\": write a level"), "{errors}");
    }

    #[test]
    fn durations_and_sizes_take_units_and_have_bounds() {
        let config = read(&[("BOOKSTORE_SHUTDOWN_DELAY", "500ms"), ("BOOKSTORE_MAX_BODY", "1 MiB")]).unwrap();
        assert_eq!((config.shutdown_delay, config.max_body), (Duration::from_millis(500), 1 << 20));
        for (name, text) in [
            ("BOOKSTORE_DRAIN_TIMEOUT", "5"),
            ("BOOKSTORE_DRAIN_TIMEOUT", "2h"),
            ("BOOKSTORE_REQUEST_TIMEOUT", "0s"),
            ("BOOKSTORE_MAX_BODY", "99999999999999999999 MiB"),
            ("BOOKSTORE_MAX_BODY", "10"),
            ("BOOKSTORE_MAX_BODY", "64 GB"),
        ] {
            assert!(read(&[(name, text)]).is_err(), "{name}={text}");
        }
    }

    #[test]
    fn a_connection_string_comes_from_a_file_without_its_last_newline() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let from_file = |content: &str| {
            std::fs::write(&file, content).unwrap();
            read(&[("connectionstring_file", file.to_str().unwrap())]).map(|config| config.connection_string)
        };
        let text = "Server=db;User Id=sa;Password=' x '";
        assert_eq!(from_file(&format!("{text}\r\n")).unwrap(), text.parse().unwrap());
        assert!(from_file("\n").unwrap_err().contains("what it holds is not usable"));
        std::fs::remove_file(&file).unwrap();
        let missing = read(&[("connectionstring_file", file.to_str().unwrap())]).unwrap_err();
        assert!(missing.contains("secret cannot be read"), "{missing}");
    }

    #[test]
    fn a_connection_string_and_a_file_together_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "Server=b;Integrated Security=true").unwrap();
        let errors = read(&[
            ("connectionstring", "Server=a;Integrated Security=true"),
            ("connectionstring_file", file.to_str().unwrap()),
        ])
        .unwrap_err();
        assert_eq!(errors, "connectionstring and connectionstring_file are both set: unset one of them");
    }

    #[test]
    fn neither_debug_nor_an_error_shows_a_password() {
        let config = read(&[("connectionstring", "Server=db;User Id=sa;Password=hunter2")]).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        let error =
            read(&[("connectionstring", "Server=db;User Id=sa;Password=hunter2;Passwort=hunter2")]).unwrap_err();
        assert!(error.starts_with("connectionstring is not usable: ") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn help_shows_every_setting_with_its_default() {
        let help = help();
        for setting in SETTINGS {
            assert!(help.contains(setting.name) && help.contains(setting.default.unwrap_or_default()));
        }
    }

    #[test]
    fn the_readme_lists_every_setting_with_its_default() {
        let readme = include_str!("../../../README.md");
        for setting in SETTINGS {
            let row = format!(
                "| `{}` | {}|",
                setting.name,
                setting.default.map_or(String::new(), |text| format!("`{text}` "))
            );
            assert!(readme.contains(&row), "{row}");
        }
    }
}
