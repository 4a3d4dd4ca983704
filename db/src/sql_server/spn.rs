//! The name of the service that an integrated login asks a ticket for, as SqlClient makes it.

use std::fmt;

use crate::connection_string::{ServerAddress, SqlServerSettings};
use crate::error::Error;

const CLASS: &str = "MSSQLSvc/";

/// `MSSQLSvc/<host>:<port>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spn {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl fmt::Display for Spn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{CLASS}{}:{}", self.host, self.port)
    }
}

impl Spn {
    /// What `Server SPN` says; otherwise the server's fully qualified name and the port that was connected to. Asks the DNS and
    /// blocks meanwhile.
    ///
    /// # Errors
    /// [`Error::BadSpn`] if `Server SPN` is not of the form that the driver can ask for.
    pub(crate) fn of(server: &ServerAddress, port: u16, settings: &SqlServerSettings) -> Result<Self, Error> {
        match &settings.server_spn {
            Some(text) => Self::parse(text).ok_or_else(|| Error::BadSpn(text.clone())),
            None => Ok(Self { host: fully_qualified(&server.host), port }),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (class, rest) = text.split_at_checked(CLASS.len())?;
        let (host, port) = rest.split_once(':')?;
        let port = port.parse().ok()?;
        (class.eq_ignore_ascii_case(CLASS) && !host.is_empty()).then(|| Self { host: host.to_owned(), port })
    }
}

/// The canonical name by a forward look-up, without a reverse one; the name as typed where the DNS has none.
/// <https://learn.microsoft.com/sql/database-engine/configure-windows/register-a-service-principal-name-for-kerberos-connections>
pub(crate) fn fully_qualified(host: &str) -> String {
    /// `AI_CANONNAME`, the same on Linux and Windows.
    const AI_CANONNAME: i32 = 2;
    let hints = dns_lookup::AddrInfoHints { flags: AI_CANONNAME, ..Default::default() };
    let found = dns_lookup::getaddrinfo(Some(host), None, Some(hints));
    let canonical = found.ok().and_then(|mut found| found.next()?.ok()?.canonname);
    canonical.filter(|name| name.contains('.')).unwrap_or_else(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection_string::{ConnectionString, Target};

    fn spn(options: &str) -> Result<String, Error> {
        let text = format!("Server=192.0.2.7,1444;Integrated Security=true;{options}");
        let Target::SqlServer(settings) = ConnectionString::parse(&text).unwrap().target else { panic!("{text}") };
        Spn::of(&settings.server, 1444, &settings).map(|spn| spn.to_string())
    }

    #[test]
    fn an_spn_names_the_server_and_the_port_that_was_connected_to() {
        assert_eq!(spn("").unwrap(), "MSSQLSvc/192.0.2.7:1444");
    }

    #[test]
    fn server_spn_is_taken_as_it_is_written() {
        assert_eq!(spn("Server SPN=mssqlsvc/db.contoso.com:1500").unwrap(), "MSSQLSvc/db.contoso.com:1500");
    }

    #[test]
    fn a_server_spn_of_another_form_is_refused() {
        for bad in ["MSSQLSvc/db.contoso.com", "HTTP/db:1433", "MSSQLSvc/db:INSTANCE", "MSSQLSvc/:1433", "x"] {
            assert!(matches!(spn(&format!("Server SPN={bad}")), Err(Error::BadSpn(text)) if text == bad), "{bad}");
        }
    }
}
