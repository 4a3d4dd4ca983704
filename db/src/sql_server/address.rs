//! Opening a TCP stream to a server: tries every address of its name.

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

/// SQL Server's TCP port, registered with IANA. Used if the connection string names neither a port nor an instance.
pub const DEFAULT_PORT: u16 = 1433;

/// SqlClient's values, 30 s and 1 s. They detect a server that vanished silently, and keep idle connections open in
/// firewalls. <https://github.com/dotnet/SqlClient/pull/854>
const KEEPALIVE: TcpKeepalive =
    TcpKeepalive::new().with_time(Duration::from_secs(30)).with_interval(Duration::from_secs(1));

/// An open stream, and its port, which for a named instance was looked up.
pub(super) struct OpenStream {
    pub(super) stream: TcpStream,
    pub(super) port: u16,
}

/// Connects to the first address that answers. With `is_parallel` (MultiSubnetFailover) all are tried at the same time.
pub(super) async fn open_stream(
    server: &ServerAddress,
    is_parallel: bool,
    limit: Duration,
) -> Result<OpenStream, Error> {
    let addresses = resolve(&server.host).await?;
    let stream = if is_parallel {
        try_in_parallel(&addresses, server, limit).await
    } else {
        try_in_turn(&addresses, server, limit).await
    };
    stream.map_err(|failures| Error::Unavailable(format!("cannot reach {server}: {}", failures.join("; "))))
}

async fn resolve(host: &str) -> Result<Vec<SocketAddr>, Error> {
    let unresolved = |cause: String| {
        Error::Unavailable(format!("the server's name {host} cannot be resolved: {cause}; check Server and DNS"))
    };
    let found: Vec<_> = lookup_host((host, 0)).await.map_err(|error| unresolved(error.to_string()))?.collect();
    if found.is_empty() { Err(unresolved("it has no address".to_owned())) } else { Ok(found) }
}

async fn try_in_turn(
    addresses: &[SocketAddr],
    server: &ServerAddress,
    limit: Duration,
) -> Result<OpenStream, Vec<String>> {
    let mut failures = Vec::new();
    // An address that drops packets must leave time for the others.
    let share = limit / addresses.len().max(1) as u32;
    for address in addresses {
        match open_one(*address, server, share).await {
            Ok(stream) => return Ok(stream),
            Err(failure) => failures.push(failure),
        }
    }
    Err(failures)
}

async fn try_in_parallel(
    addresses: &[SocketAddr],
    server: &ServerAddress,
    limit: Duration,
) -> Result<OpenStream, Vec<String>> {
    let mut failures = Vec::new();
    let mut attempts: FuturesUnordered<_> = addresses.iter().map(|a| open_one(*a, server, limit)).collect();
    while let Some(attempt) = attempts.next().await {
        match attempt {
            Ok(stream) => return Ok(stream),
            Err(failure) => failures.push(failure),
        }
    }
    Err(failures)
}

async fn open_one(address: SocketAddr, server: &ServerAddress, limit: Duration) -> Result<OpenStream, String> {
    let attempt = async {
        let port = match (server.port, &server.instance) {
            (Some(port), _) => port,
            (None, Some(instance)) => browser::find_instance_port(address, instance).await?,
            (None, None) => DEFAULT_PORT,
        };
        let stream = TcpStream::connect((address.ip(), port)).await?;
        stream.set_nodelay(true)?;
        SockRef::from(&stream).set_tcp_keepalive(&KEEPALIVE)?;
        Ok::<_, std::io::Error>(OpenStream { stream, port })
    };
    match timeout(limit, attempt).await {
        Ok(Ok(dialled)) => Ok(dialled),
        Ok(Err(error)) => Err(format!("{}: {error}", address.ip())),
        Err(_) => Err(format!("{}: no answer within {limit:?}", address.ip())),
    }
}
