//! Lists the service principal names that clients request for a connection string, for the administrator who registers
//! them.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bookstore_db::connection_string::{ServerAddress, SqlServerSettings};
use bookstore_db::sql_server::{DEFAULT_PORT, find_instance_port};
use bookstore_kerberos::spn::{Spn, fully_qualified};

/// How long to wait for the DNS.
const DNS_TIMEOUT: Duration = Duration::from_secs(5);

/// The names that clients request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedSpns {
    /// The names, the shop's own first.
    pub names: Vec<String>,
    /// What is missing from them.
    pub note: Option<String>,
}

/// Why a connection string has no name to register.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSpn {
    /// Every machine is this one to itself.
    #[error("{0} is this machine, for which no ticket is requested; write the server's name in the DNS after Server=")]
    Local(String),
    /// `Server SPN` is not a name that the shop can request.
    #[error(
        "Server SPN={0} is not a service principal name of SQL Server and cannot be registered; write \
         Server SPN=MSSQLSvc/<host>.<domain>:1433, or remove it"
    )]
    NotAnSpn(String),
}

/// Returns the names that the shop and Microsoft.Data.SqlClient request: `Server SPN` alone, or the server's canonical
/// name with the port. For the default port SqlClient requests the name without a port, too. The port of a named
/// instance is the one that SQL Server Browser reports.
/// <https://learn.microsoft.com/sql/database-engine/configure-windows/register-a-service-principal-name-for-kerberos-connections>
///
/// # Errors
/// [`NoSpn`], if no client would request a name.
pub async fn requested_spns(settings: &SqlServerSettings) -> Result<RequestedSpns, NoSpn> {
    if let Some(text) = &settings.server_spn {
        let spn = Spn::parse(text).ok_or_else(|| NoSpn::NotAnSpn(text.clone()))?;
        return Ok(RequestedSpns { names: vec![spn.to_string()], note: None });
    }
    let server = &settings.server;
    if is_local(&server.host) {
        return Err(NoSpn::Local(server.host.clone()));
    }
    let host = canonical(&server.host).await;
    let (port, note) = match &server.instance {
        Some(instance) => match instance_port(server, instance).await {
            Ok(port) => (Some(port), None),
            Err(error) => (None, Some(format!("The port of the instance {instance} is unknown: {error}"))),
        },
        None => (Some(server.port.unwrap_or(DEFAULT_PORT)), None),
    };
    let names = match (port, &server.instance) {
        (Some(DEFAULT_PORT), None) => vec![format!("MSSQLSvc/{host}:{DEFAULT_PORT}"), format!("MSSQLSvc/{host}")],
        (Some(port), _) => vec![format!("MSSQLSvc/{host}:{port}")],
        (None, instance) => vec![format!("MSSQLSvc/{host}:{}", instance.as_deref().unwrap_or_default())],
    };
    Ok(RequestedSpns { names, note })
}

fn is_local(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The name as typed if the DNS does not answer in time.
async fn canonical(host: &str) -> String {
    let typed = host.to_owned();
    let resolved = tokio::task::spawn_blocking(move || fully_qualified(&typed));
    match tokio::time::timeout(DNS_TIMEOUT, resolved).await {
        Ok(Ok(name)) => name,
        _ => host.trim_end_matches('.').to_owned(),
    }
}

async fn instance_port(server: &ServerAddress, instance: &str) -> Result<u16, String> {
    let resolved = tokio::time::timeout(DNS_TIMEOUT, tokio::net::lookup_host((server.host.as_str(), 0)));
    let addresses: Vec<SocketAddr> = match resolved.await {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(error)) => return Err(format!("{} is not in the DNS: {error}", server.host)),
        Err(_) => return Err(format!("the DNS does not answer for {}", server.host)),
    };
    let Some(address) = addresses.first() else { return Err(format!("{} has no address", server.host)) };
    find_instance_port(*address, instance).await.map_err(|error| error.to_string())
}
