//! Data sources: `tcp:host,port`, `host\instance`, and the other forms of SqlClient.
//!
//! Only TCP is supported. `sql_server` resolves names and looks up the ports of instances.

use std::{fmt, net::Ipv6Addr};

use super::assignments::Assignments;
use super::error::{ParseError, Warning};
use super::keywords::Keyword;

/// SqlClient's limit for a data source, in UTF-16 code units.
const MAX_LENGTH: usize = 128;

/// SQL Server's limit for the name of an instance, in characters.
const MAX_INSTANCE: usize = 16;

/// The address of a SQL Server. `Display` prints `host`, `host,port` or `host\instance`, as in a connection string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// A DNS name or an IP address as written, without the brackets of IPv6. `.`, `(local)` and an empty host are
    /// `localhost`.
    pub host: String,
    /// The port, 1 to 65535; `None` for 1433, or for the port of the instance.
    pub port: Option<u16>,
    /// The named instance, whose port SQL Server Browser reports; `None` if there is a port.
    pub instance: Option<String>,
}

impl ServerAddress {
    /// Parses the data source. If it has a port and an instance, the port is used, as in SqlClient, with a warning.
    pub(super) fn read(assignments: &Assignments, warnings: &mut Vec<Warning>) -> Result<Self, ParseError> {
        let text = assignments.short_text(Keyword::DataSource, MAX_LENGTH)?.ok_or(ParseError::MissingServer)?;
        let invalid = |expected: &str| assignments.invalid(Keyword::DataSource, expected);
        let address = without_protocol(&text)
            .map_err(|reason| ParseError::Refused { keyword: assignments.name(Keyword::DataSource), reason })?;
        let parts = Parts::split(address).ok_or_else(|| invalid(FORM))?;
        let host = host(parts.host).map_err(invalid)?;
        let port = parts.port.map(port_number).transpose().map_err(invalid)?;
        let instance = match (port, parts.instance) {
            (Some(port), Some(_)) => {
                warnings.push(Warning::InstanceIgnored { port });
                None
            }
            (_, name) => name.map(instance_name).transpose().map_err(invalid)?,
        };
        Ok(Self { host, port, instance })
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        match (self.port, &self.instance) {
            (Some(port), _) => write!(f, ",{port}"),
            (None, Some(instance)) => write!(f, "\\{instance}"),
            (None, None) => Ok(()),
        }
    }
}

/// What a data source looks like.
const FORM: &str = "a host name or an IP address, then a port after a comma or an instance after \\, as in host,1433";

/// Removes `tcp:`, and refuses other protocols of SqlClient.
fn without_protocol(text: &str) -> Result<&str, &'static str> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if lower.contains("(localdb)") {
        return Err("LocalDB cannot be reached over TCP; write the host of a SQL Server, or Server=(embedded)");
    }
    let address = match text.split_once(':') {
        Some((protocol, address)) if protocol.trim_end().eq_ignore_ascii_case("tcp") => address.trim_start(),
        _ => text,
    };
    if address.starts_with("\\\\") {
        return Err(
            "\\\\ starts the path of a named pipe, which is not supported; write host,port or host\\instance, which \
                    use TCP",
        );
    }
    match lower.split_once(':').map(|(protocol, _)| protocol.trim_end()) {
        Some("np") => Err("np: asks for named pipes, which are not supported; write tcp: or nothing before the host"),
        Some("lpc") => {
            Err("lpc: asks for shared memory, which is not supported; write tcp: or nothing before the host")
        }
        Some("admin") => {
            Err("admin: asks for the administrator connection, which is not for applications; write tcp: or nothing \
             before the host")
        }
        _ => Ok(address),
    }
}

/// The parts of `host\instance,port`, or of `host,port\instance`, which SqlClient accepts too.
struct Parts<'a> {
    host: &'a str,
    instance: Option<&'a str>,
    port: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Returns `None` for a second `\` or a `/`, with which SqlClient takes another part for the port or refuses the
    /// address.
    fn split(text: &'a str) -> Option<Self> {
        if text.contains('/') || text.matches('\\').count() > 1 {
            return None;
        }
        let (before, port) = match text.split_once(',') {
            Some((before, port)) => (before, Some(port)),
            None => (text, None),
        };
        let (port, instance_after_port) = match port.and_then(|port| port.split_once('\\')) {
            Some((port, instance)) => (Some(port), Some(instance)),
            None => (port, None),
        };
        Some(match before.split_once('\\') {
            Some((host, instance)) => Self { host, instance: Some(instance), port },
            None => Self { host: before, instance: instance_after_port, port },
        })
    }
}

fn host(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if matches!(text, "" | ".") || text.eq_ignore_ascii_case("(local)") {
        return Ok("localhost".to_owned());
    }
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let is_name = bare.is_none() && text.chars().all(is_name_char);
    if is_name || is_ipv6(bare.unwrap_or(text)) { Ok(bare.unwrap_or(text).to_owned()) } else { Err(FORM) }
}

/// Whether the text is an IPv6 address, with or without a zone: `fe80::1%eth0`.
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty() && zone.chars().all(is_name_char)
}

fn port_number(text: &str) -> Result<u16, &'static str> {
    text.trim().parse().ok().filter(|port| *port != 0).ok_or("a port from 1 to 65535 after the comma")
}

/// Parses an instance name: letters, digits, `_`, `$` and `#`. The default instance must not be named.
fn instance_name(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let has_form = text.chars().all(|c| is_name_char(c) || matches!(c, '$' | '#'));
    if has_form && (1..=MAX_INSTANCE).contains(&text.chars().count()) && !text.eq_ignore_ascii_case("MSSQLSERVER") {
        Ok(text.to_owned())
    } else {
        Err("the name of an instance after \\, or for the default instance (MSSQLSERVER) the host alone")
    }
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
}
