//! `bookstore healthcheck`: checks a running bookstore, for container images without a shell and without curl.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use clap::Args;

/// Less than the 5 s that container engines usually give a health check.
const TIMEOUT: Duration = Duration::from_secs(3);
/// The bytes that are read of a response: its head and the short reason.
const MAX_RESPONSE: u64 = 4096;

/// What to check.
#[derive(Debug, Args)]
pub(crate) struct HealthcheckArgs {
    /// Check whether it can serve requests, which is false before its first read of the database and while it drains.
    #[arg(long)]
    ready: bool,
}

/// The bookstore is not healthy or not running.
#[derive(Debug, thiserror::Error)]
pub enum HealthcheckError {
    /// There was no response.
    #[error("no response from {0}: {1}")]
    Unreachable(SocketAddr, std::io::Error),
    /// The response was not 200.
    #[error("{0} responded: {1}")]
    Unhealthy(SocketAddr, String),
}

/// Requests `/healthz` or `/readyz` from the admin listener.
///
/// # Errors
/// See [`HealthcheckError`].
pub(crate) fn run(args: &HealthcheckArgs, admin_addr: SocketAddr) -> Result<(), HealthcheckError> {
    let addr = SocketAddr::new(connectable(admin_addr.ip()), admin_addr.port());
    let path = if args.ready { "/readyz" } else { "/healthz" };
    let response = get(addr, path).map_err(|error| HealthcheckError::Unreachable(addr, error))?;
    let status = response.strip_prefix("HTTP/1.1 ").unwrap_or(&response);
    if status.starts_with("200 ") {
        return Ok(());
    }
    let reason = response.split_once("\r\n\r\n").map_or(status, |(_, body)| body);
    Err(HealthcheckError::Unhealthy(addr, reason.trim().to_owned()))
}

/// A listener in a container usually listens on the unspecified address, to which nobody can connect.
fn connectable(listening: IpAddr) -> IpAddr {
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
    let mut response = Vec::new();
    stream.take(MAX_RESPONSE).read_to_end(&mut response)?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unspecified_address_is_checked_on_loopback() {
        for (listening, checked) in [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("10.1.2.3", "10.1.2.3")] {
            assert_eq!(connectable(listening.parse().unwrap()).to_string(), checked);
        }
    }
}
