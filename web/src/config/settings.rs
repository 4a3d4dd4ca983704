//! The table of settings: `--help` prints it, `config/read.rs` reads by it, and `docs/operations.md` contains it.

use std::fmt::Write;
use std::time::Duration;

use bookstore_db::connection_string::DEFAULT_CONNECTION_STRING;

use super::parse;
use super::values::Config;

/// One setting: an environment variable.
pub(super) struct Setting {
    pub(super) name: &'static str,
    /// The text that an unset variable stands for.
    pub(super) default: Option<&'static str>,
    /// What it sets, for people.
    pub(super) meaning: &'static str,
    /// Whether errors omit its value.
    pub(super) is_secret: bool,
    /// Parses the text into the settings. Its error names what to write.
    pub(super) apply: fn(&mut Config, &str) -> Result<(), String>,
}

const HOUR: Duration = Duration::from_secs(3600);

/// All settings, in the order in which `--help` shows them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: "connectionstring",
        default: Some(DEFAULT_CONNECTION_STRING),
        meaning: "the database and the login, as a connection string of Microsoft.Data.SqlClient",
        is_secret: true,
        apply: |config, text| parse::connection_string(text).map(|value| config.connection_string = value),
    },
    Setting {
        name: "connectionstring_file",
        default: None,
        meaning: "a file with the connection string, such as a mounted secret; the shop switches when it changes",
        is_secret: true,
        apply: |config, text| parse::connection_string_file(text).map(|value| config.connection_string = value),
    },
    Setting {
        name: "BOOKSTORE_REQUIRE_KERBEROS",
        default: Some("false"),
        meaning: "true refuses a database login that does not use Kerberos, as reported by the server; with false, \
                  NTLM is a warning",
        is_secret: false,
        apply: |config, text| parse::boolean(text).map(|value| config.require_kerberos = value),
    },
    Setting {
        name: "BOOKSTORE_ADDR",
        default: Some("127.0.0.1:8080"),
        meaning: "address and port of the shop",
        is_secret: false,
        apply: |config, text| parse::address(text).map(|value| config.shop_addr = value),
    },
    Setting {
        name: "BOOKSTORE_ADMIN_ADDR",
        default: Some("127.0.0.1:9090"),
        meaning: "address and port of /healthz, /readyz, /metrics and /diagnostics",
        is_secret: false,
        apply: |config, text| parse::address(text).map(|value| config.admin_addr = value),
    },
    Setting {
        name: "BOOKSTORE_CURRENCY",
        default: None,
        meaning: "what pages show beside prices: a code like EUR or a symbol like €; by default nothing",
        is_secret: false,
        apply: |config, text| parse::currency(text).map(|value| config.currency = value),
    },
    Setting {
        name: "BOOKSTORE_SHUTDOWN_DELAY",
        default: Some("0s"),
        meaning: "continue to serve for this long after readiness is off, so that load balancers notice",
        is_secret: false,
        apply: |config, text| parse::duration(text, Duration::ZERO..=HOUR).map(|value| config.shutdown_delay = value),
    },
    Setting {
        name: "BOOKSTORE_DRAIN_TIMEOUT",
        default: Some("25s"),
        meaning: "longest time for running requests at shutdown",
        is_secret: false,
        apply: |config, text| parse::duration(text, Duration::ZERO..=HOUR).map(|value| config.drain_timeout = value),
    },
    Setting {
        name: "BOOKSTORE_REQUEST_TIMEOUT",
        default: Some("45s"),
        meaning: "longest time for one request, including its body",
        is_secret: false,
        apply: |config, text| {
            parse::duration(text, Duration::from_millis(1)..=HOUR).map(|value| config.request_timeout = value)
        },
    },
    Setting {
        name: "BOOKSTORE_READ_TIMEOUT",
        default: Some("10s"),
        meaning: "longest time for a client to send the head of a request, and again for its body",
        is_secret: false,
        apply: |config, text| {
            parse::duration(text, Duration::from_millis(1)..=HOUR).map(|value| config.read_timeout = value)
        },
    },
    Setting {
        name: "BOOKSTORE_STALL_TIMEOUT",
        default: Some("30s"),
        meaning: "close a connection after the client has read nothing for this long",
        is_secret: false,
        apply: |config, text| {
            parse::duration(text, Duration::from_millis(1)..=HOUR).map(|value| config.stall_timeout = value)
        },
    },
    Setting {
        name: "BOOKSTORE_MAX_REQUESTS",
        default: Some("512"),
        meaning: "most requests that run at once; requests that wait for the same page count as one; one more is \
                  answered with 503",
        is_secret: false,
        apply: |config, text| parse::count(text, 1..=100_000).map(|value| config.max_requests = value),
    },
    Setting {
        name: "BOOKSTORE_MAX_CONNECTIONS_PER_CLIENT",
        default: None,
        meaning: "most open connections of one client address; leave it unset behind a proxy or a load balancer, \
                  which is one address for all clients",
        is_secret: false,
        apply: |config, text| parse::count(text, 1..=100_000).map(|value| config.max_connections_per_client = value),
    },
    Setting {
        name: "BOOKSTORE_HOSTS",
        default: None,
        meaning: "the host names that requests may name, separated by commas, or *; without it any name on a public \
                  address, and on a loopback address only localhost; addresses are always accepted",
        is_secret: false,
        apply: |config, text| parse::hosts(text).map(|value| config.hosts = Some(value)),
    },
    Setting {
        name: "BOOKSTORE_MAX_BODY",
        default: Some("64 KiB"),
        meaning: "largest request body; a larger one is answered with 413",
        is_secret: false,
        apply: |config, text| parse::size(text, (1 << 10)..=(16 << 20)).map(|value| config.max_body = value),
    },
    Setting {
        name: "BOOKSTORE_PUBLIC_DIAGNOSTICS",
        default: Some("false"),
        meaning: "true serves /diagnostics on the shop too, to every visitor: it names hosts, accounts and \
                  permissions, but no secret",
        is_secret: false,
        apply: |config, text| parse::boolean(text).map(|value| config.public_diagnostics = value),
    },
    Setting {
        name: "BOOKSTORE_LOG",
        default: Some("info"),
        meaning: "the log level, or target=level pairs",
        is_secret: false,
        apply: |config, text| parse::filter(text).map(|value| config.log = value),
    },
    Setting {
        name: "BOOKSTORE_LOG_FORMAT",
        default: Some("auto"),
        meaning: "auto, text or json; auto is text on a terminal and JSON otherwise",
        is_secret: false,
        apply: |config, text| parse::log_format(text).map(|value| config.log_format = value),
    },
];

/// The table as text for `--help`.
pub(crate) fn help() -> String {
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
    fn unset_settings_have_the_defaults_of_the_table() {
        let config = read(&[]).unwrap();
        assert_eq!(config.shop_addr.to_string(), "127.0.0.1:8080");
        assert_eq!(config.max_body, 65_536);
        assert_eq!(config.log_format, LogFormat::Auto);
        assert_eq!(config.connection_string, DEFAULT_CONNECTION_STRING.parse().unwrap());
    }

    #[test]
    fn bad_settings_are_reported_together_with_values_and_fixes() {
        let errors =
            read(&[("BOOKSTORE_ADDR", "here"), ("BOOKSTORE_MAX_REQUESTS", "0"), ("BOOKSTORE_LOG", "")]).unwrap_err();
        let lines: Vec<_> = errors.lines().collect();
        assert_eq!(lines.len(), 3, "{errors}");
        assert!(lines[0].starts_with("BOOKSTORE_ADDR is \"here\": write an IP address and a port"), "{errors}");
        assert!(lines[1].starts_with("BOOKSTORE_MAX_REQUESTS is \"0\": write a whole number from 1"), "{errors}");
        assert!(lines[2].starts_with("BOOKSTORE_LOG is \"\": write a level"), "{errors}");
    }

    #[test]
    fn durations_and_sizes_have_units_and_bounds() {
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
    fn connection_string_is_read_from_a_file_without_its_last_newline() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let from_file = |content: &str| {
            std::fs::write(&file, content).unwrap();
            read(&[("connectionstring_file", file.to_str().unwrap())]).map(|config| config.connection_string)
        };
        let text = "Server=db;User Id=sa;Password=' x '";
        assert_eq!(from_file(&format!("{text}\r\n")).unwrap(), text.parse().unwrap());
        assert!(from_file("\n").unwrap_err().contains("its content is not usable"));
        std::fs::remove_file(&file).unwrap();
        let missing = read(&[("connectionstring_file", file.to_str().unwrap())]).unwrap_err();
        assert!(missing.contains("cannot read the file"), "{missing}");
    }

    #[test]
    fn connection_string_and_file_together_are_refused() {
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
    fn password_is_in_no_debug_output_and_no_error() {
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
    fn operations_manual_has_the_table_of_settings() {
        let manual = include_str!("../../../docs/operations.md");
        let (_, rest) = manual.split_once("<!-- settings -->\n").unwrap();
        let (table, _) = rest.split_once("<!-- /settings -->").unwrap();
        let mut expected = String::from("| setting | default | meaning |\n|---|---|---|\n");
        for Setting { name, default, meaning, .. } in SETTINGS {
            let default = default.map(|default| format!("`{default}`")).unwrap_or_default();
            writeln!(expected, "| `{name}` | {default} | {meaning} |").unwrap();
        }
        assert_eq!(table, expected, "replace the table in docs/operations.md by the right side");
    }
}
