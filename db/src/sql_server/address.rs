//! From the server's name to an open TCP stream: every address of the name is tried.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::browser;
use crate::connection_string::ServerAddress;
use crate::error::Error;

/// SQL Server's port where the connection string names none.
pub(crate) const DEFAULT_PORT: u16 = 1433;

/// SqlClient's 30 s and 1 s: a server that vanished without a word is noticed, and a firewall does not forget an idle connection.
/// <https://github.com/dotnet/SqlClient/pull/854>
const KEEPALIVE: TcpKeepalive =
    TcpKeepalive::new().with_time(Duration::from_secs(30)).with_interval(Duration::from_secs(1));

/// An open stream, and the port that a named instance turned out to have.
pub(super) struct Dialled {
    pub(super) stream: TcpStream,
    pub(super) port: u16,
}

/// Connects to the first address that answers; with `at_once` (MultiSubnetFailover) all are tried together.
pub(super) async fn dial(server: &ServerAddress, at_once: bool, patience: Duration) -> Result<Dialled, Error> {
    let addresses = resolve(&server.host).await?;
    let dialled = if at_once {
        first_of(&addresses, server, patience).await
    } else {
        one_by_one(&addresses, server, patience).await
    };
    dialled.map_err(|failures| Error::Unavailable(format!("cannot reach {server}: {}", failures.join("; "))))
}

async fn resolve(host: &str) -> Result<Vec<SocketAddr>, Error> {
    let unresolved = |cause: String| {
        Error::Unavailable(format!("the server's name {host} cannot be resolved: {cause}; check Server and the DNS"))
    };
    let found: Vec<_> = lookup_host((host, 0)).await.map_err(|error| unresolved(error.to_string()))?.collect();
    if found.is_empty() { Err(unresolved("it has no address".to_owned())) } else { Ok(found) }
}

async fn one_by_one(
    addresses: &[SocketAddr],
    server: &ServerAddress,
    patience: Duration,
) -> Result<Dialled, Vec<String>> {
    let mut failures = Vec::new();
    // An address that swallows packets must leave time for the others.
    let share = patience / addresses.len().max(1) as u32;
    for address in addresses {
        match dial_one(*address, server, share).await {
            Ok(dialled) => return Ok(dialled),
            Err(failure) => failures.push(failure),
        }
    }
    Err(failures)
}

async fn first_of(
    addresses: &[SocketAddr],
    server: &ServerAddress,
    patience: Duration,
) -> Result<Dialled, Vec<String>> {
    let mut failures = Vec::new();
    let mut attempts: FuturesUnordered<_> = addresses.iter().map(|a| dial_one(*a, server, patience)).collect();
    while let Some(attempt) = attempts.next().await {
        match attempt {
            Ok(dialled) => return Ok(dialled),
            Err(failure) => failures.push(failure),
        }
    }
    Err(failures)
}

async fn dial_one(address: SocketAddr, server: &ServerAddress, patience: Duration) -> Result<Dialled, String> {
    let attempt = async {
        let port = match (server.port, &server.instance) {
            (Some(port), _) => port,
            (None, Some(instance)) => browser::port_of(address, instance).await?,
            (None, None) => DEFAULT_PORT,
        };
        let stream = TcpStream::connect((address.ip(), port)).await?;
        stream.set_nodelay(true)?;
        SockRef::from(&stream).set_tcp_keepalive(&KEEPALIVE)?;
        Ok::<_, std::io::Error>(Dialled { stream, port })
    };
    match timeout(patience, attempt).await {
        Ok(Ok(dialled)) => Ok(dialled),
        Ok(Err(error)) => Err(format!("{}: {error}", address.ip())),
        Err(_) => Err(format!("{}: no answer within {patience:?}", address.ip())),
    }
}
