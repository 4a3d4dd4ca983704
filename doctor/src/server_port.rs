//! Checks the port of SQL Server at each address of its name. Known failure 28.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use bookstore_db::connection_string::ServerAddress;
use bookstore_db::sql_server::{DEFAULT_PORT, find_instance_port};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::report::{Audience, Cause, Link};
use crate::run::{Outcome, Run};

const TIME_LIMIT: Duration = Duration::from_secs(3);

/// Why a connection fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectFault {
    /// Nothing listens on the port.
    Refused,
    /// No answer.
    NoAnswer,
    /// No route.
    Unreachable,
    /// SQL Server Browser does not report the instance's port.
    UnknownInstance,
}

/// Connects to the addresses in turn, as the driver does, and returns the first that accepts.
pub(crate) async fn check(run: &mut Run, server: &ServerAddress, addresses: &[IpAddr]) -> Option<SocketAddr> {
    let started = Instant::now();
    let limit = run.at_most(TIME_LIMIT) / u32::try_from(addresses.len().max(1)).unwrap_or(1);
    let names: Vec<_> = addresses.iter().map(IpAddr::to_string).collect();
    let tried = format!("TCP to {server} at {}", names.join(", "));
    let mut first_fault = None;
    let mut errors = Vec::new();
    for address in addresses {
        let (fault, error) = match timeout(limit, connect(*address, server)).await {
            Ok(Ok(open)) => {
                run.record(Link::ServerPort, tried, started, Outcome::passed(format!("{open} accepts connections")));
                return Some(open);
            }
            Ok(Err(failure)) => failure,
            Err(_) => (ConnectFault::NoAnswer, format!("no answer within {limit:?}")),
        };
        first_fault.get_or_insert(fault);
        errors.push(format!("{address}: {error}"));
    }
    let seen = format!("{server} does not accept connections: {}", errors.join("; "));
    let causes = causes(first_fault.unwrap_or(ConnectFault::Unreachable), server);
    run.record(Link::ServerPort, tried, started, Outcome::failed(seen, causes));
    None
}

/// Connects to an address of the server, at its port or that of its instance, and closes the connection.
pub(crate) async fn connect(address: IpAddr, server: &ServerAddress) -> Result<SocketAddr, (ConnectFault, String)> {
    let port = match (server.port, &server.instance) {
        (Some(port), _) => port,
        (None, Some(instance)) => {
            let port = find_instance_port(SocketAddr::new(address, 0), instance).await;
            port.map_err(|error| (ConnectFault::UnknownInstance, error.to_string()))?
        }
        (None, None) => DEFAULT_PORT,
    };
    match TcpStream::connect((address, port)).await {
        Ok(_) => Ok(SocketAddr::new(address, port)),
        Err(error) => {
            let fault = match error.kind() {
                std::io::ErrorKind::ConnectionRefused | std::io::ErrorKind::ConnectionReset => ConnectFault::Refused,
                std::io::ErrorKind::TimedOut => ConnectFault::NoAnswer,
                _ => ConnectFault::Unreachable,
            };
            Err((fault, error.to_string()))
        }
    }
}

fn causes(fault: ConnectFault, server: &ServerAddress) -> Vec<Cause> {
    let host = &server.host;
    let port = server.port.unwrap_or(DEFAULT_PORT);
    match fault {
        ConnectFault::Refused => vec![
            Cause::known(28, format!("SQL Server does not run on {host}, or listens on another port than {port}"))
                .fix(
                    Audience::SqlServer,
                    "start it, and write its port after a comma",
                    format!("kubectl get pods,endpoints -A | grep -i sql\nServer={host},<port>"),
                )
                .distinguish_by(
                    "its error log has \"Server is listening on [ 'any' <ipv4> …\" with another port, or it is not \
                    running",
                ),
            Cause::known(
                28,
                "TCP/IP is disabled in SQL Server, as it is by default in the Express and Developer \
            editions",
            )
            .fix(
                Audience::SqlServer,
                "enable it in SQL Server Configuration Manager, and restart",
                "Set-ItemProperty 'HKLM:\\SOFTWARE\\Microsoft\\Microsoft SQL \
                     Server\\MSSQL16.SQLEXPRESS\\MSSQLServer\\\
                     SuperSocketNetLib\\Tcp' Enabled 1",
            )
            .distinguish_by("its error log has no line \"Server is listening on\""),
        ],
        ConnectFault::NoAnswer | ConnectFault::Unreachable => vec![
            Cause::known(28, format!("a network policy, security group or firewall drops packets to {host}:{port}"))
                .fix(
                    Audience::Cluster,
                    "allow the connection",
                    format!("kubectl get networkpolicy -A\nnc -vz {host} {port}"),
                )
                .distinguish_by("the port answers from another machine"),
            Cause::known(28, format!("{host} resolves to an address that is no longer the server's"))
                .fix(Audience::Cluster, "compare the address with the server's", format!("nslookup {host}"))
                .distinguish_by("the server has another address"),
        ],
        ConnectFault::UnknownInstance => {
            let instance = server.instance.as_deref().unwrap_or_default();
            let what = format!(
                "SQL Server Browser on {host} does not report the port of {instance}: it does not run, UDP 1434 is \
                closed, or the instance does not exist"
            );
            vec![
                Cause::known(28, what)
                    .fix(
                        Audience::Application,
                        "write the instance's port, which needs no Browser",
                        format!("Server={host},<port>"),
                    )
                    .fix(
                        Audience::SqlServer,
                        "or start the Browser, and give the instance a fixed port",
                        "Start-Service SQLBrowser",
                    ),
            ]
        }
    }
}
