//! The host names that a request may name in `Host`.
//!
//! A page of another site can let its own name resolve to the shop's address ("DNS rebinding"). For the browser the
//! shop is then the same origin as that page, which can read and send everything. The request still names the other
//! site's host, so the shop refuses names that are not its own. It accepts every IP address: no such page has one as
//! its name.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, Version, header};

/// The accepted host names of one listener, without ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AllowedHosts {
    Any,
    /// `localhost`, the names below it, and these, in lower case.
    Only(Vec<String>),
}

impl AllowedHosts {
    /// Those of a listener on this address. `configured` replaces the default: only `localhost` on a loopback address,
    /// which nobody else can reach by name, and any name on another.
    pub(crate) fn of(listener: SocketAddr, configured: Option<&[String]>) -> Self {
        match configured {
            Some(names) if names.iter().any(|name| name == "*") => Self::Any,
            Some(names) => Self::Only(names.to_vec()),
            None if listener.ip().is_loopback() => Self::Only(Vec::new()),
            None => Self::Any,
        }
    }

    /// # Errors
    /// 400 if there is not exactly one valid Host (RFC 9112, section 3.2; HTTP/1.0 need not send one), 421 if it is not
    /// accepted.
    pub(crate) fn check(&self, version: Version, headers: &HeaderMap) -> Result<(), StatusCode> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host,
            (None, _) if version <= Version::HTTP_10 => return Ok(()),
            _ => return Err(StatusCode::BAD_REQUEST),
        };
        let authority = host.to_str().ok().and_then(|host| Authority::from_str(host).ok());
        let authority = authority.filter(|authority| !authority.as_str().contains('@'));
        match authority {
            Some(authority) if self.accepts(authority.host()) => Ok(()),
            Some(_) => Err(StatusCode::MISDIRECTED_REQUEST),
            None => Err(StatusCode::BAD_REQUEST),
        }
    }

    fn accepts(&self, host: &str) -> bool {
        let Self::Only(names) = self else { return true };
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        // RFC 6761, section 6.3: names below localhost resolve to loopback addresses.
        host == "localhost"
            || host.ends_with(".localhost")
            || names.contains(&host)
            || address.parse::<IpAddr>().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(allowed: &AllowedHosts, hosts: &[&str]) -> Result<(), u16> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(header::HOST, host.parse().unwrap());
        }
        allowed.check(Version::HTTP_11, &headers).map_err(|status| status.as_u16())
    }

    #[test]
    fn loopback_listener_accepts_localhost_and_addresses_alone() {
        let allowed = AllowedHosts::of(([127, 0, 0, 1], 8080).into(), None);
        for host in ["localhost", "LOCALHOST:8080", "shop.localhost", "127.0.0.1:8080", "[::1]:8080", "192.0.2.1"] {
            assert_eq!(check(&allowed, &[host]), Ok(()), "{host}");
        }
        for host in ["attacker.example", "localhost.attacker.example", "127.0.0.1.attacker.example", "notlocalhost"] {
            assert_eq!(check(&allowed, &[host]), Err(421), "{host}");
        }
    }

    #[test]
    fn host_that_is_missing_double_or_malformed_is_400() {
        for hosts in [&[][..], &["localhost", "localhost"], &["a b"], &["user@localhost"], &[""], &["localhost/x"]] {
            for allowed in [AllowedHosts::Any, AllowedHosts::Only(Vec::new())] {
                assert_eq!(check(&allowed, hosts), Err(400), "{hosts:?}");
            }
        }
        assert_eq!(AllowedHosts::Only(Vec::new()).check(Version::HTTP_10, &HeaderMap::new()), Ok(()));
    }

    #[test]
    fn configured_names_replace_the_default() {
        let names = ["shop.example.com".to_owned()];
        let allowed = AllowedHosts::of(([0, 0, 0, 0], 8080).into(), Some(&names));
        assert_eq!(check(&allowed, &["Shop.Example.com:443"]), Ok(()));
        assert_eq!(check(&allowed, &["shop.example.com."]), Ok(()));
        assert_eq!(check(&allowed, &["other.example.com"]), Err(421));
        let any = AllowedHosts::of(([127, 0, 0, 1], 8080).into(), Some(&["*".to_owned()]));
        assert_eq!(check(&any, &["other.example.com"]), Ok(()));
        assert_eq!(AllowedHosts::of(([0, 0, 0, 0], 8080).into(), None), AllowedHosts::Any);
    }
}
