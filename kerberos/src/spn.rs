//! The service principal name (SPN) for which an integrated login to SQL Server requests a ticket, built as SqlClient
//! builds it.

use std::fmt;

const CLASS: &str = "MSSQLSvc/";

/// `MSSQLSvc/<host>:<port>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spn {
    /// The server's fully qualified name, or the name as typed if the DNS has none.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl fmt::Display for Spn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{CLASS}{}:{}", self.host, self.port)
    }
}

impl Spn {
    /// Parses `MSSQLSvc/<host>:<port>`, the only form for which the driver can request a ticket.
    pub fn parse(text: &str) -> Option<Self> {
        let (class, rest) = text.split_at_checked(CLASS.len())?;
        let (host, port) = rest.split_once(':')?;
        let port = port.parse().ok()?;
        (class.eq_ignore_ascii_case(CLASS) && !host.is_empty()).then(|| Self { host: host.to_owned(), port })
    }

    /// Builds the SPN from the canonical name of `host`. Blocks during the DNS look-up.
    pub fn of_server(host: &str, port: u16) -> Self {
        Self { host: fully_qualified(host), port }
    }
}

/// Returns the canonical name by a forward look-up, without a reverse one; the name as typed if the DNS has none. A dot
/// at its end is left out: no SPN is registered with one. Blocks.
/// <https://learn.microsoft.com/sql/database-engine/configure-windows/register-a-service-principal-name-for-kerberos-connections>
pub fn fully_qualified(host: &str) -> String {
    /// `AI_CANONNAME`, the same on Linux and Windows.
    const AI_CANONNAME: i32 = 2;
    let hints = dns_lookup::AddrInfoHints { flags: AI_CANONNAME, ..Default::default() };
    let found = dns_lookup::getaddrinfo(Some(host), None, Some(hints));
    let canonical = found.ok().and_then(|mut found| found.next()?.ok()?.canonname);
    let name = canonical.filter(|name| name.contains('.')).unwrap_or_else(|| host.to_owned());
    name.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_ignores_case_and_prints_as_registered() {
        let spn = Spn::parse("mssqlsvc/db.contoso.com:1500").unwrap();
        assert_eq!(spn.to_string(), "MSSQLSvc/db.contoso.com:1500");
    }

    #[test]
    fn other_forms_are_refused() {
        for bad in ["MSSQLSvc/db.contoso.com", "HTTP/db:1433", "MSSQLSvc/db:INSTANCE", "MSSQLSvc/:1433", "x"] {
            assert_eq!(Spn::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn address_stays_an_address() {
        assert_eq!(Spn::of_server("192.0.2.7", 1444).to_string(), "MSSQLSvc/192.0.2.7:1444");
    }
}
