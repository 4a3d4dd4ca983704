//! Asks a running bookstore how it is, for images that hold no shell and no curl.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// Less than the 5 s that orchestrators usually give a probe, more than the 2 s that readiness may take.
const TIMEOUT: Duration = Duration::from_secs(3);
/// What is read of the answer: its head and the short reason.
const LONGEST_ANSWER: u64 = 4096;

/// The bookstore is not well, or not there.
#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    /// Nobody answered.
    #[error("nobody answers at {0}: {1}")]
    Unreachable(SocketAddr, std::io::Error),
    /// The answer was not 200.
    #[error("{0} says: {1}")]
    Refused(SocketAddr, String),
}

/// Asks `/healthz`, or `/readyz` if `ready`, of the admin listener at `addr`.
pub(crate) fn ask(addr: SocketAddr, ready: bool) -> Result<(), Unhealthy> {
    let addr = SocketAddr::new(reachable(addr.ip()), addr.port());
    let path = if ready { "/readyz" } else { "/healthz" };
    let answer = get(addr, path).map_err(|error| Unhealthy::Unreachable(addr, error))?;
    let status = answer.strip_prefix("HTTP/1.1 ").unwrap_or(&answer);
    if status.starts_with("200 ") {
        return Ok(());
    }
    let reason = answer.split_once("\r\n\r\n").map_or(status, |(_, body)| body);
    Err(Unhealthy::Refused(addr, reason.trim().to_owned()))
}

/// Nobody can connect to "every address", which is where a listener in a container listens.
fn reachable(listening: IpAddr) -> IpAddr {
    match listening {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    }
}

fn get(addr: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&addr, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_address_is_asked_on_loopback() {
        for (listening, asked) in [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("10.1.2.3", "10.1.2.3")] {
            assert_eq!(reachable(listening.parse().unwrap()).to_string(), asked);
        }
    }
}
