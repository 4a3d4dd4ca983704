//! Connects as the driver does: PRELOGIN, then TLS, then the server's certificate.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use bookstore_db::connection_string::{Encrypt, SqlServerSettings};
use bookstore_db::files::require_regular;
use bookstore_db::identity::TlsSession;
use bookstore_db::sql_server::prelogin::{ENCRYPT_NOT_SUP, Prelogin};
use bookstore_db::sql_server::tls_session;
use native_tls::{HandshakeError, TlsConnector};

use super::certificate::{Certificate, read_authorities};
use super::packets::PacketStream;
use super::prelogin::open;

/// The results of the steps that were reached.
#[derive(Debug)]
pub(super) struct Handshake {
    /// None with `Encrypt=Strict`, which has no PRELOGIN before TLS.
    pub(super) prelogin: Result<Option<Prelogin>, String>,
    /// None if TLS was not reached; no session if the server's first bytes do not show it.
    pub(super) tls: Option<Result<Option<TlsSession>, String>>,
    pub(super) certificate: Option<Certificate>,
}

impl Handshake {
    pub(super) fn without_prelogin(error: String) -> Self {
        Self { prelogin: Err(error), tls: None, certificate: None }
    }
}

/// Whether the driver checks the certificate: see `db/src/sql_server/config.rs`.
pub(crate) fn checks_certificate(settings: &SqlServerSettings) -> bool {
    settings.server_certificate.is_some() || !settings.trust_server_certificate || settings.encrypt == Encrypt::Strict
}

/// Connects, and reads a refused certificate on a second connection. Blocks.
pub(super) fn connect(address: SocketAddr, settings: &SqlServerSettings, limit: Duration) -> Handshake {
    let first = attempt(address, settings, limit, checks_certificate(settings));
    match &first.tls {
        Some(Err(_)) => {
            let certificate = attempt(address, settings, limit, false).certificate;
            Handshake { certificate, ..first }
        }
        _ => first,
    }
}

fn attempt(address: SocketAddr, settings: &SqlServerSettings, limit: Duration, is_checked: bool) -> Handshake {
    let is_strict = settings.encrypt == Encrypt::Strict;
    let (stream, prelogin) = match open(address, limit, is_strict) {
        Ok(opened) => opened,
        Err(error) => return Handshake::without_prelogin(error.to_string()),
    };
    if prelogin.as_ref().is_some_and(|prelogin| prelogin.encryption == ENCRYPT_NOT_SUP) {
        return Handshake { prelogin: Ok(prelogin), tls: None, certificate: None };
    }
    let connector = match connector(settings, is_checked) {
        Ok(connector) => connector,
        Err(error) => return Handshake { prelogin: Ok(prelogin), tls: Some(Err(error)), certificate: None },
    };
    let name = settings.host_name_in_certificate.as_deref().unwrap_or(&settings.server.host);
    match connector.connect(name, PacketStream::new(stream, !is_strict)) {
        Ok(stream) => {
            let der = stream.peer_certificate().ok().flatten().and_then(|certificate| certificate.to_der().ok());
            let certificate = der.as_deref().and_then(Certificate::parse);
            let session = tls_session(stream.get_ref().start());
            Handshake { prelogin: Ok(prelogin), tls: Some(Ok(session)), certificate }
        }
        Err(error) => {
            let error = match error {
                HandshakeError::Failure(error) => error.to_string(),
                HandshakeError::WouldBlock(_) => "no answer".to_owned(),
            };
            Handshake { prelogin: Ok(prelogin), tls: Some(Err(error)), certificate: None }
        }
    }
}

fn connector(settings: &SqlServerSettings, is_checked: bool) -> Result<TlsConnector, String> {
    let mut builder = TlsConnector::builder();
    if settings.encrypt == Encrypt::Strict {
        builder.request_alpns(&["tds/8.0"]);
    }
    if !is_checked {
        builder.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
    } else if let Some(file) = &settings.server_certificate {
        let bytes = read_file(file)?;
        for authority in read_authorities(&bytes)? {
            builder.add_root_certificate(authority);
        }
    }
    builder.build().map_err(|error| error.to_string())
}

/// Whether an error of the TLS library means that the two sides found no version, cipher or key length that both
/// accept: OpenSSL's reasons, an alert of the server among them, and SChannel's `SEC_E_ALGORITHM_MISMATCH`.
pub(super) fn is_without_common_parameters(error: &str) -> bool {
    const REASONS: [&str; 9] = [
        "alert handshake failure",
        "alert protocol version",
        "alert insufficient security",
        "unsupported protocol",
        "no protocols available",
        "no ciphers available",
        "no shared cipher",
        "key too small",
        "(os error -2146893007)",
    ];
    REASONS.iter().any(|reason| error.contains(reason))
}

/// Reads ServerCertificate.
pub(super) fn read_file(file: &Path) -> Result<Vec<u8>, String> {
    require_regular(file).and_then(|()| std::fs::read(file)).map_err(|error| error.to_string())
}
