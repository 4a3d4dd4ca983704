//! TLS: certificates of an authority of the stand-in's own, and the handshake inside TDS packets (MS-TDS 3.3.5.3).

use super::faults::WrongCertificate;
use super::packet::{HEADER, Header, Kind, malformed};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The authority and what it has signed.
pub(crate) struct Certificates {
    /// The authority's certificate as PEM, for clients to trust.
    pub(crate) authority: String,
    right: Arc<ServerConfig>,
    other_authority: Arc<ServerConfig>,
    other_name: Arc<ServerConfig>,
    expired: Arc<ServerConfig>,
}

impl Certificates {
    /// Makes an authority and its certificates for `names`.
    pub(crate) fn new(names: &[String]) -> io::Result<Self> {
        let (own, other) = (authority("SQL Server stand-in")?, authority("Another authority")?);
        let elsewhere = ["elsewhere.invalid".to_owned()];
        Ok(Self {
            authority: own.pem(),
            right: signed(&own, names, false)?,
            other_authority: signed(&other, names, false)?,
            other_name: signed(&own, &elsewhere, false)?,
            expired: signed(&own, names, true)?,
        })
    }

    pub(crate) fn config(&self, wrong: Option<WrongCertificate>) -> Arc<ServerConfig> {
        Arc::clone(match wrong {
            None => &self.right,
            Some(WrongCertificate::OtherAuthority) => &self.other_authority,
            Some(WrongCertificate::OtherName) => &self.other_name,
            Some(WrongCertificate::Expired) => &self.expired,
        })
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> io::Result<Authority> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().map_err(io::Error::other)?;
    CertifiedIssuer::self_signed(params, key).map_err(io::Error::other)
}

fn signed(authority: &Authority, names: &[String], expired: bool) -> io::Result<Arc<ServerConfig>> {
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    let title = names.first().map_or("localhost", String::as_str);
    params.distinguished_name.push(rcgen::DnType::CommonName, title);
    if expired {
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    }
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = params.signed_by(&key, authority).map_err(io::Error::other)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    // TLS 1.3 sends tickets after the handshake, when the client no longer expects TDS packets around them.
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key))
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"tds/8.0".to_vec()];
    Ok(Arc::new(config))
}

/// A stream that carries its bytes in PRELOGIN packets until told that the handshake is over.
pub(crate) struct HandshakeStream<S> {
    inner: S,
    framed: bool,
    header: Vec<u8>,
    /// What is left of the packet that is being read.
    left: usize,
    outgoing: Vec<u8>,
    framed_out: Vec<u8>,
}

impl<S> HandshakeStream<S> {
    /// `framed`: whether the handshake is inside TDS packets; it is not with TDS 8.
    pub(crate) fn new(inner: S, framed: bool) -> Self {
        Self { inner, framed, header: Vec::new(), left: 0, outgoing: Vec::new(), framed_out: Vec::new() }
    }

    pub(crate) fn handshake_complete(&mut self) {
        self.framed = false;
    }

    pub(crate) fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: AsyncRead + Unpin> HandshakeStream<S> {
    /// Reads a packet's header. True when there is a payload to read, false when the stream has ended.
    fn poll_header(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        while self.left == 0 {
            let mut rest = [0; HEADER];
            let mut buffer = ReadBuf::new(&mut rest[..HEADER - self.header.len()]);
            ready!(Pin::new(&mut self.inner).poll_read(context, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(false));
            }
            self.header.extend_from_slice(buffer.filled());
            if let Some(header) = Header::parse(&self.header)? {
                if header.kind != Kind::Prelogin {
                    return Poll::Ready(Err(malformed("a TLS handshake outside PRELOGIN packets".into())));
                }
                self.left = header.length - HEADER;
                self.header.clear();
            }
        }
        Poll::Ready(Ok(true))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for HandshakeStream<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.framed {
            return Pin::new(&mut this.inner).poll_read(context, buffer);
        }
        if !ready!(this.poll_header(context))? {
            return Poll::Ready(Ok(()));
        }
        let mut limited = buffer.take(this.left);
        ready!(Pin::new(&mut this.inner).poll_read(context, &mut limited))?;
        let read = limited.filled().len();
        let filled = limited.filled().to_vec();
        buffer.put_slice(&filled);
        this.left -= read;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for HandshakeStream<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if !this.framed {
            return Pin::new(&mut this.inner).poll_write(context, bytes);
        }
        this.outgoing.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.outgoing.is_empty() {
            let flight = std::mem::take(&mut this.outgoing);
            let payload = super::packet::DEFAULT_PACKET - HEADER;
            let last = flight.chunks(payload).count();
            for (n, piece) in flight.chunks(payload).enumerate() {
                let header = Header::encode(Kind::Prelogin, n + 1 == last, piece.len(), u8::try_from(n).unwrap_or(0));
                this.framed_out.extend_from_slice(&header);
                this.framed_out.extend_from_slice(piece);
            }
        }
        while !this.framed_out.is_empty() {
            let written = ready!(Pin::new(&mut this.inner).poll_write(context, &this.framed_out))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            this.framed_out.drain(..written);
        }
        Pin::new(&mut this.inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}
