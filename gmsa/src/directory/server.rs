//! The URL of a domain controller.

use std::net::IpAddr;

use super::DirectoryError;

/// The address of a domain controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Server {
    /// Parses a URL like `ldap://dc1.corp.example.com:389`.
    pub(crate) fn parse(url: &str) -> Result<Self, DirectoryError> {
        let refuse = |why| DirectoryError::Url { url: url.chars().take(64).collect(), why };
        if url.starts_with("ldaps:") {
            return Err(refuse("ldaps is not needed: Kerberos encrypts the connection"));
        }
        let rest = url.strip_prefix("ldap://").ok_or_else(|| refuse("it does not start with ldap://"))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = rest.split_once(':').unwrap_or((rest, "389"));
        if rest.parse::<IpAddr>().is_ok() || host.parse::<IpAddr>().is_ok() || rest.starts_with('[') {
            return Err(refuse("an IP address has no Kerberos service"));
        }
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if host.is_empty() || !host.bytes().all(is_name) {
            return Err(refuse("it must have the name of a host, and perhaps a port, and nothing else"));
        }
        let port = port.parse().map_err(|_| refuse("the part after the colon is not a port"))?;
        Ok(Self { host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_names_a_controller_and_perhaps_a_port() {
        let parsed =
            |url| Server::parse(url).map(|Server { host, port }| (host, port)).map_err(|error| error.to_string());
        assert_eq!(parsed("ldap://dc1.corp.example.com"), Ok(("dc1.corp.example.com".into(), 389)));
        assert_eq!(parsed("ldap://dc1.corp.example.com:3268/"), Ok(("dc1.corp.example.com".into(), 3268)));
        for (url, words) in [
            ("ldaps://dc1", "Kerberos encrypts"),
            ("dc1.corp.example.com", "does not start with ldap://"),
            ("ldap://10.0.0.10", "an IP address"),
            ("ldap://[::1]", "an IP address"),
            ("ldap://", "the name of a host"),
            ("ldap://dc1/DC=corp", "the name of a host"),
            ("ldap://dc1:x", "not a port"),
        ] {
            assert!(parsed(url).unwrap_err().contains(words), "{url}");
        }
    }
}
