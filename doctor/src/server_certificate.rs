//! When the server's certificate ends, for monitoring: read by a TLS handshake without a login.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bookstore_db::connection_string::SqlServerSettings;
use time::OffsetDateTime;
use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::run::run_blocking;
use crate::server_port;
use crate::tls::{checks_certificate, read_certificate_end};

/// Per step: the name, the port, the handshake.
const TIME_LIMIT: Duration = Duration::from_secs(3);

/// The certificate could not be read: the server is unreachable or refuses TLS. `diagnose` reports why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server's certificate could not be read")]
pub struct CertificateUnread;

/// Reads the end of the server's certificate; `None` if logins do not check it, so that its end is of no effect.
///
/// # Errors
/// [`CertificateUnread`].
pub async fn server_certificate_expiry(
    settings: &SqlServerSettings,
) -> Result<Option<OffsetDateTime>, CertificateUnread> {
    if !checks_certificate(settings) {
        return Ok(None);
    }
    let address = find_address(settings).await.ok_or(CertificateUnread)?;
    let settings = settings.clone();
    let end = run_blocking(TIME_LIMIT, move || read_certificate_end(address, &settings, TIME_LIMIT)).await;
    end.flatten().map(Some).ok_or(CertificateUnread)
}

/// The first address of the server that accepts a connection.
async fn find_address(settings: &SqlServerSettings) -> Option<SocketAddr> {
    let found = timeout(TIME_LIMIT, lookup_host((settings.server.host.as_str(), 0))).await.ok()?.ok()?;
    let addresses: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    for address in addresses {
        if let Ok(Ok(open)) = timeout(TIME_LIMIT, server_port::connect(address, &settings.server)).await {
            return Some(open);
        }
    }
    None
}
