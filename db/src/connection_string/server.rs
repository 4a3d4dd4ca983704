//! Data sources: `tcp:host,port`, `host\instance` and what SqlClient takes besides.
//!
//! Only TCP is spoken. Names are not resolved here, nor is the port of an instance looked up.

use std::{fmt, net::Ipv6Addr};

use super::{ParseError, Warning, assignments::Assignments, keywords::Keyword};

/// SqlClient's limit on the whole data source, in UTF-16 code units.
const MAX_LENGTH: usize = 128;

/// SQL Server's limit on the name of an instance.
const MAX_INSTANCE: usize = 16;

/// Where a SQL Server listens. `Display` prints `host`, `host,port` or `host\instance`, as a connection string takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    /// A DNS name or an IP address, as written, but without the brackets of IPv6. `.`, `(local)` and nothing are `localhost`.
    pub host: String,
    /// 1 to 65535. `None`: 1433, or the port of the instance.
    pub port: Option<u16>,
    /// The named instance, whose port SQL Server Browser tells; never together with a port.
    pub instance: Option<String>,
}

impl ServerAddress {
    /// Reads the data source. A port beside an instance wins, as in SqlClient, with a warning.
    pub(super) fn read(assignments: &Assignments, warnings: &mut Vec<Warning>) -> Result<Self, ParseError> {
        let text = assignments.short_text(Keyword::DataSource, MAX_LENGTH)?.ok_or(ParseError::MissingServer)?;
        let invalid = |expected: &str| assignments.invalid(Keyword::DataSource, expected);
        let address = without_protocol(&text)
            .map_err(|reason| ParseError::Refused { keyword: assignments.name(Keyword::DataSource), reason })?;
        let parts = Parts::split(address);
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

/// Takes `tcp:` off, and refuses what SqlClient would reach by another way than TCP.
fn without_protocol(text: &str) -> Result<&str, &'static str> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    if lower.contains("(localdb)") {
        return Err("LocalDB cannot be reached over TCP; write the host of a SQL Server, or Server=(embedded)");
    }
    if text.starts_with("\\\\") {
        return Err("named pipes are not spoken here; write host,port or host\\instance, which use TCP");
    }
    match lower.split_once(':').map(|(protocol, _)| protocol.trim_end()) {
        Some("tcp") => Ok(text.split_once(':').map_or(text, |(_, rest)| rest).trim_start()),
        Some("np") => Err("np: asks for named pipes, which are not spoken here; write tcp: or nothing before the host"),
        Some("lpc") => {
            Err("lpc: asks for shared memory, which is not spoken here; write tcp: or nothing before the host")
        }
        Some("admin") => Err(
            "admin: asks for the administrator connection, which is not for applications; write tcp: or nothing before the host",
        ),
        _ => Ok(text),
    }
}

/// The parts of `host\instance,port` – or `host,port\instance`, which SqlClient takes too – as far as they are there.
struct Parts<'a> {
    host: &'a str,
    instance: Option<&'a str>,
    port: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn split(text: &'a str) -> Self {
        let (before, port) = match text.split_once(',') {
            Some((before, port)) => (before, Some(port)),
            None => (text, None),
        };
        let (port, late) = match port.and_then(|port| port.split_once('\\')) {
            Some((port, instance)) => (Some(port), Some(instance)),
            None => (port, None),
        };
        match before.split_once('\\') {
            Some((host, instance)) => Self { host, instance: Some(instance), port },
            None => Self { host: before, instance: late, port },
        }
    }
}

fn host(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    if matches!(text, "" | ".") || text.eq_ignore_ascii_case("(local)") {
        return Ok("localhost".to_owned());
    }
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let is_name = bare.is_none() && text.chars().all(is_name_char);
    if is_name || is_ipv6(bare.unwrap_or(text)) {
        Ok(bare.unwrap_or(text).to_owned())
    } else {
        Err("a host name or an IP address, then a port behind a comma or an instance behind \\, as in host,1433")
    }
}

/// An IPv6 address, with a zone or without: `fe80::1%eth0`.
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty() && zone.chars().all(is_name_char)
}

fn port_number(text: &str) -> Result<u16, &'static str> {
    text.trim().parse().ok().filter(|port| *port != 0).ok_or("a port from 1 to 65535 behind the comma")
}

/// SQL Server takes letters, digits, `_`, `$` and `#`; the default instance must not be named.
fn instance_name(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let has_form = text.chars().all(|c| is_name_char(c) || matches!(c, '$' | '#'));
    if has_form && (1..=MAX_INSTANCE).contains(&text.chars().count()) && !text.eq_ignore_ascii_case("MSSQLSERVER") {
        Ok(text.to_owned())
    } else {
        Err("the name of an instance behind \\, or for the default instance (MSSQLSERVER) the host alone")
    }
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '.')
}
