//! One look at a server: PRELOGIN, then TLS as the driver does it, then the certificate.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use native_tls::{HandshakeError, TlsConnector};

use super::certificate::Certificate;
use super::packets::Framed;
use super::prelogin::{NO_ENCRYPTION, Prelogin, open};
use crate::connection_string::{Encrypt, SqlServerSettings};

/// How far a look came.
#[derive(Debug)]
pub(super) struct Look {
    /// The server's version, from PRELOGIN; none with `Encrypt=Strict`, which has no PRELOGIN before TLS.
    pub(super) prelogin: Result<Option<Prelogin>, String>,
    /// None if it did not come so far.
    pub(super) handshake: Option<Result<(), String>>,
    pub(super) certificate: Option<Certificate>,
}

/// Whether the driver checks the certificate: see `sql_server/config.rs`.
pub(super) fn is_checked(settings: &SqlServerSettings) -> bool {
    settings.server_certificate.is_some() || !settings.trust_server_certificate || settings.encrypt == Encrypt::Strict
}

/// Blocks. A certificate that is refused is looked at on a second connection.
pub(super) fn look(address: SocketAddr, settings: &SqlServerSettings, patience: Duration) -> Look {
    let checked = is_checked(settings);
    let first = try_tls(address, settings, patience, checked);
    match &first.handshake {
        Some(Err(_)) => {
            let second = try_tls(address, settings, patience, false);
            Look { certificate: second.certificate, ..first }
        }
        _ => first,
    }
}

fn try_tls(address: SocketAddr, settings: &SqlServerSettings, patience: Duration, checked: bool) -> Look {
    let failed = |error: io::Error| Look { prelogin: Err(error.to_string()), handshake: None, certificate: None };
    let strict = settings.encrypt == Encrypt::Strict;
    let (stream, prelogin) = match open(address, patience, strict) {
        Ok(opened) => opened,
        Err(error) => return failed(error),
    };
    if prelogin.as_ref().is_some_and(|prelogin| prelogin.encryption == NO_ENCRYPTION) {
        return Look { prelogin: Ok(prelogin), handshake: None, certificate: None };
    }
    let connector = match connector(settings, checked) {
        Ok(connector) => connector,
        Err(words) => return Look { prelogin: Ok(prelogin), handshake: Some(Err(words)), certificate: None },
    };
    let name = settings.host_name_in_certificate.as_deref().unwrap_or(&settings.server.host);
    let stream = Framed::new(stream, !strict);
    match connector.connect(name, stream) {
        Ok(tls) => {
            let der = tls.peer_certificate().ok().flatten().and_then(|certificate| certificate.to_der().ok());
            let certificate = der.as_deref().and_then(Certificate::parse);
            Look { prelogin: Ok(prelogin), handshake: Some(Ok(())), certificate }
        }
        Err(error) => {
            let words = match error {
                HandshakeError::Failure(error) => error.to_string(),
                HandshakeError::WouldBlock(_) => "no answer".to_owned(),
            };
            Look { prelogin: Ok(prelogin), handshake: Some(Err(words)), certificate: None }
        }
    }
}

fn connector(settings: &SqlServerSettings, checked: bool) -> Result<TlsConnector, String> {
    let mut builder = TlsConnector::builder();
    if settings.encrypt == Encrypt::Strict {
        builder.request_alpns(&["tds/8.0"]);
    }
    if !checked {
        builder.danger_accept_invalid_certs(true).danger_accept_invalid_hostnames(true);
    } else if let Some(file) = &settings.server_certificate {
        let pem = std::fs::read(file).map_err(|error| format!("ServerCertificate={}: {error}", file.display()))?;
        let own = native_tls::Certificate::stack_from_pem(&pem).map_err(|error| error.to_string())?;
        own.into_iter().for_each(|certificate| {
            builder.add_root_certificate(certificate);
        });
    }
    builder.build().map_err(|error| error.to_string())
}
