//! PRELOGIN and TLS, looked at directly: the driver says only that a certificate was refused, not what is in it.
//!
//! TDS carries the handshake of TLS in PRELOGIN packets ([MS-TDS] 3.3.5.3), which no library does alone: the packets are ours, TLS is
//! the driver's own backend. Nothing is sent after the handshake; no login is tried.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use native_tls::{HandshakeError, TlsConnector};
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::report::Link;
use super::rules::tls;
use super::run::{Answer, Run, off_thread};
use crate::connection_string::{Encrypt, SqlServerSettings};

const PATIENCE: Duration = Duration::from_secs(3);
/// PRELOGIN's packet type, by [MS-TDS] 2.2.3.1.1.
const PRELOGIN: u8 = 0x12;
const HEADER: usize = 8;
/// The largest packet before a size is agreed on.
const PACKET: usize = 4096;
/// `ENCRYPT_NOT_SUP`, by [MS-TDS] 2.2.6.5.
const NO_ENCRYPTION: u8 = 2;

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    /// The alternative names, or the common name if there are none.
    pub(super) names: Vec<String>,
    pub(super) issuer: String,
    pub(super) self_signed: bool,
    pub(super) not_before: OffsetDateTime,
    pub(super) not_after: OffsetDateTime,
}

impl Certificate {
    fn parse(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let alternative = certificate.subject_alternative_name().ok().flatten();
        let mut names: Vec<_> =
            alternative.iter().flat_map(|names| &names.value.general_names).filter_map(general).collect();
        if names.is_empty() {
            let common = certificate.subject().iter_common_name().filter_map(|name| name.as_str().ok());
            names = common.map(str::to_owned).collect();
        }
        let validity = certificate.validity();
        Some(Self {
            names,
            issuer: certificate.issuer().to_string(),
            self_signed: certificate.issuer() == certificate.subject(),
            not_before: validity.not_before.to_datetime(),
            not_after: validity.not_after.to_datetime(),
        })
    }

    /// Whether it is for this name, with a wildcard for the first label.
    pub(super) fn is_for(&self, name: &str) -> bool {
        let is_same = |pattern: &str| match pattern.strip_prefix("*.") {
            Some(rest) => name.split_once('.').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(rest)),
            None => pattern.eq_ignore_ascii_case(name),
        };
        self.names.iter().any(|pattern| is_same(pattern))
    }
}

fn general(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv4Addr::from(bytes).to_string()),
            16 => <[u8; 16]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// How far a look came.
#[derive(Debug)]
struct Look {
    /// The server's version, from PRELOGIN; none with `Encrypt=Strict`, which has no PRELOGIN before TLS.
    prelogin: Result<Option<Prelogin>, String>,
    /// None if it did not come so far.
    handshake: Option<Result<(), String>>,
    certificate: Option<Certificate>,
}

/// What a server's PRELOGIN says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Prelogin {
    version: String,
    encryption: u8,
}

/// Looks at both. True if a login may be tried.
pub(super) async fn check(run: &mut Run, address: SocketAddr, settings: &SqlServerSettings) -> bool {
    let began = Instant::now();
    let patience = run.at_most(PATIENCE);
    let wanted = settings.clone();
    let look = off_thread(patience, move || look(address, &wanted, patience)).await;
    let silent =
        || Look { prelogin: Err(format!("no answer within {patience:?}")), handshake: None, certificate: None };
    let Look { prelogin, handshake, certificate } = look.unwrap_or_else(silent);
    let tried = format!("TDS PRELOGIN to {address}");
    match prelogin {
        Err(words) => {
            run.note(
                Link::Prelogin,
                tried,
                began,
                Answer::fail(format!("{address} does not speak TDS: {words}"), tls::no_prelogin(address.port())),
            );
            return false;
        }
        Ok(Some(prelogin)) if prelogin.encryption == NO_ENCRYPTION => {
            run.note(
                Link::Prelogin,
                tried,
                began,
                Answer::fail("the server offers no encryption", tls::no_encryption()),
            );
            return false;
        }
        Ok(Some(prelogin)) => {
            run.note(Link::Prelogin, tried, began, Answer::pass(format!("SQL Server {}", prelogin.version)))
        }
        Ok(None) => {}
    }
    let name = settings.host_name_in_certificate.as_deref().unwrap_or(&settings.server.host);
    let shown = certificate.as_ref().map_or_else(|| "no certificate was seen".to_owned(), describe);
    let checked = is_checked(settings);
    let answer = match (handshake, certificate) {
        (Some(Ok(())), _) if checked => Answer::pass(format!("TLS 1.2 or newer; {shown}")),
        (Some(Ok(())), _) => {
            Answer::pass(format!("TLS 1.2 or newer, the certificate taken unseen as the string asks; {shown}"))
        }
        (Some(Err(words)), Some(certificate)) => {
            let causes = tls::refused(&certificate, name, settings, OffsetDateTime::now_utc());
            Answer::fail(format!("the certificate was not accepted for {name}: {words}; {shown}"), causes)
        }
        (Some(Err(words)), None) => Answer::fail(format!("no TLS with the server: {words}"), tls::no_encryption()),
        (None, _) => Answer::fail("the server did not come to TLS", tls::no_prelogin(address.port())),
    };
    let passed = answer.causes.is_empty();
    run.note(Link::Tls, format!("TLS as the driver does it, for the name {name}"), began, answer);
    passed
}

fn describe(certificate: &Certificate) -> String {
    let Certificate { names, issuer, not_after, .. } = certificate;
    format!("certificate for {} by {issuer} until {}", names.join(", "), not_after.date())
}

/// Whether the driver checks the certificate: see `sql_server/config.rs`.
fn is_checked(settings: &SqlServerSettings) -> bool {
    settings.server_certificate.is_some() || !settings.trust_server_certificate || settings.encrypt == Encrypt::Strict
}

/// Blocks. A certificate that is refused is looked at on a second connection.
fn look(address: SocketAddr, settings: &SqlServerSettings, patience: Duration) -> Look {
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
    let stream = Framed { stream, framed: !strict, outgoing: Vec::new(), left: 0 };
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

fn open(address: SocketAddr, patience: Duration, strict: bool) -> io::Result<(TcpStream, Option<Prelogin>)> {
    let mut stream = TcpStream::connect_timeout(&address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.set_nodelay(true)?;
    if strict {
        return Ok((stream, None));
    }
    send(&mut stream, &REQUEST)?;
    let mut header = [0; HEADER];
    stream.read_exact(&mut header)?;
    // An answer has the type of a reply; some servers say PRELOGIN.
    if !matches!(header[0], 0x04 | PRELOGIN) {
        return Err(io::Error::other("the answer is no TDS packet"));
    }
    let length = usize::from(u16::from_be_bytes([header[2], header[3]])).saturating_sub(HEADER);
    let mut body = vec![0; length.min(PACKET)];
    stream.read_exact(&mut body)?;
    let prelogin = parse(&body).ok_or_else(|| io::Error::other("the answer is no PRELOGIN"))?;
    Ok((stream, Some(prelogin)))
}

/// Version 0 and ENCRYPT_ON: two options, the end mark, their values.
const REQUEST: [u8; 18] = [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 0, 0, 0, 0, 0, 0, 1];

/// The options VERSION (0) and ENCRYPTION (1) of a PRELOGIN.
fn parse(body: &[u8]) -> Option<Prelogin> {
    let (mut version, mut encryption) = (None, None);
    let mut options = body;
    while let &[token, ref rest @ ..] = options {
        if token == 0xFF {
            break;
        }
        let &[a, b, c, d, ref rest @ ..] = rest else { return None };
        let (offset, length) = (usize::from(u16::from_be_bytes([a, b])), usize::from(u16::from_be_bytes([c, d])));
        let value = body.get(offset..offset + length)?;
        match (token, value) {
            (0, [major, minor, high, low, ..]) => {
                version = Some(format!("{major}.{minor}.{}", u16::from_be_bytes([*high, *low])));
            }
            (1, [byte, ..]) => encryption = Some(*byte),
            _ => {}
        }
        options = rest;
    }
    Some(Prelogin { version: version?, encryption: encryption? })
}

fn send(stream: &mut TcpStream, payload: &[u8]) -> io::Result<()> {
    let mut pieces = payload.chunks(PACKET - HEADER).peekable();
    while let Some(piece) = pieces.next() {
        let length = u16::try_from(piece.len() + HEADER).unwrap_or(u16::MAX).to_be_bytes();
        let last = u8::from(pieces.peek().is_none());
        let mut packet = vec![PRELOGIN, last, length[0], length[1], 0, 0, 0, 0];
        packet.extend_from_slice(piece);
        stream.write_all(&packet)?;
    }
    Ok(())
}

/// A stream that carries a handshake in PRELOGIN packets, or as it is.
#[derive(Debug)]
struct Framed {
    stream: TcpStream,
    framed: bool,
    outgoing: Vec<u8>,
    /// What is left of the packet that is being read.
    left: usize,
}

impl Framed {
    fn flush_packets(&mut self) -> io::Result<()> {
        if self.outgoing.is_empty() {
            return Ok(());
        }
        let flight = std::mem::take(&mut self.outgoing);
        send(&mut self.stream, &flight)
    }
}

impl Read for Framed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.framed {
            return self.stream.read(buffer);
        }
        self.flush_packets()?;
        while self.left == 0 {
            let mut header = [0; HEADER];
            self.stream.read_exact(&mut header)?;
            self.left = usize::from(u16::from_be_bytes([header[2], header[3]])).saturating_sub(HEADER);
        }
        let most = buffer.len().min(self.left);
        let read = self.stream.read(&mut buffer[..most])?;
        self.left -= read;
        Ok(read)
    }
}

impl Write for Framed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.framed {
            return self.stream.write(bytes);
        }
        self.outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flush_packets()?;
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_prelogin_tells_version_and_encryption() {
        assert_eq!(parse(&REQUEST), Some(Prelogin { version: "0.0.0".into(), encryption: 1 }));
        assert_eq!(parse(&[0, 0, 11, 0, 6, 1, 0, 17, 0, 9, 0xFF]), None);
    }

    #[test]
    fn a_wildcard_is_for_one_label() {
        let certificate = Certificate {
            names: vec!["*.contoso.com".into()],
            issuer: String::new(),
            self_signed: false,
            not_before: OffsetDateTime::UNIX_EPOCH,
            not_after: OffsetDateTime::UNIX_EPOCH,
        };
        assert!(certificate.is_for("DB.contoso.com"));
        assert!(!certificate.is_for("contoso.com") && !certificate.is_for("a.db.contoso.com"));
    }

    proptest! {
        #[test]
        fn no_prelogin_panics(body in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse(&body);
        }
    }
}
