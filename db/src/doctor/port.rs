//! The port of SQL Server: is it open, and at which of the name's addresses.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::report::Link;
use super::rules::port;
use super::run::{Answer, Run};
use crate::connection_string::ServerAddress;
use crate::sql_server::{DEFAULT_PORT, port_of};

const PATIENCE: Duration = Duration::from_secs(3);

/// Why an address cannot be connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// Nobody listens there.
    Refused,
    /// No answer at all.
    Silent,
    /// No way there.
    Unreachable,
    /// SQL Server Browser does not tell the instance's port.
    NoInstance,
}

/// Connects to the addresses in turn, as the driver does.
pub(super) async fn check(run: &mut Run, server: &ServerAddress, addresses: &[IpAddr]) -> Option<SocketAddr> {
    let began = Instant::now();
    let port = server.port.unwrap_or(DEFAULT_PORT);
    let share = run.at_most(PATIENCE) / u32::try_from(addresses.len().max(1)).unwrap_or(1);
    let mut failures = Vec::new();
    for address in addresses {
        match timeout(share, connect(*address, server)).await {
            Ok(Ok(open)) => {
                run.note(Link::ServerPort, tried(server, addresses), began, Answer::pass(format!("{open} is open")));
                return Some(open);
            }
            Ok(Err((closed, words))) => failures.push((closed, format!("{address}: {words}"))),
            Err(_) => failures.push((Closed::Silent, format!("{address}: no answer within {share:?}"))),
        }
    }
    let words: Vec<_> = failures.iter().map(|(_, words)| words.as_str()).collect();
    let seen = format!("{server} cannot be connected to: {}", words.join("; "));
    let closed = failures.first().map_or(Closed::Unreachable, |(closed, _)| *closed);
    run.note(Link::ServerPort, tried(server, addresses), began, Answer::fail(seen, port::closed(closed, server, port)));
    None
}

fn tried(server: &ServerAddress, addresses: &[IpAddr]) -> String {
    let addresses: Vec<_> = addresses.iter().map(IpAddr::to_string).collect();
    format!("TCP to {server} at {}", addresses.join(", "))
}

async fn connect(address: IpAddr, server: &ServerAddress) -> Result<SocketAddr, (Closed, String)> {
    let port = match (server.port, &server.instance) {
        (Some(port), _) => port,
        (None, Some(instance)) => {
            let asked = port_of(SocketAddr::new(address, 0), instance).await;
            asked.map_err(|error| (Closed::NoInstance, error.to_string()))?
        }
        (None, None) => DEFAULT_PORT,
    };
    match TcpStream::connect((address, port)).await {
        Ok(_) => Ok(SocketAddr::new(address, port)),
        Err(error) => {
            let closed = match error.kind() {
                std::io::ErrorKind::ConnectionRefused | std::io::ErrorKind::ConnectionReset => Closed::Refused,
                std::io::ErrorKind::TimedOut => Closed::Silent,
                _ => Closed::Unreachable,
            };
            Err((closed, error.to_string()))
        }
    }
}
