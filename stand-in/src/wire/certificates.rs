//! TLS certificates: an own certificate authority, and the valid and invalid certificates for tests.

use crate::faults::WrongCertificate;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::io;
use std::sync::Arc;
use time::{Duration, OffsetDateTime};

/// The certificate authority and the TLS configurations with its certificates.
pub(crate) struct Certificates {
    /// The authority's certificate as PEM, for clients to trust.
    pub(crate) authority: String,
    /// The certificate of an intermediate authority below it, as PEM.
    pub(crate) intermediate: String,
    /// The server's own certificate, as PEM.
    pub(crate) own: String,
    valid: Arc<ServerConfig>,
    other_authority: Arc<ServerConfig>,
    other_name: Arc<ServerConfig>,
    expired: Arc<ServerConfig>,
    for_clients: Arc<ServerConfig>,
    by_intermediate: Arc<ServerConfig>,
}

impl Certificates {
    /// Creates a certificate authority and certificates for `names`. The server's own one ends in `days`.
    pub(crate) fn new(names: &[String], days: Option<u16>) -> io::Result<Self> {
        let (own, other) = (authority("SQL Server stand-in")?, authority("Another authority")?);
        let intermediate = intermediate("Intermediate authority", &own)?;
        let elsewhere = ["elsewhere.invalid".to_owned()];
        let (valid, certificate) = signed(&own, names, days.map_or(Flaw::None, Flaw::EndsIn))?;
        let config =
            |authority: &Authority, names: &[String], flaw| Ok::<_, io::Error>(signed(authority, names, flaw)?.0);
        Ok(Self {
            authority: own.pem(),
            intermediate: intermediate.pem(),
            own: certificate,
            valid,
            other_authority: config(&other, names, Flaw::None)?,
            other_name: config(&own, &elsewhere, Flaw::None)?,
            expired: config(&own, names, Flaw::Expired)?,
            for_clients: config(&own, names, Flaw::ForClients)?,
            by_intermediate: config(&intermediate, names, Flaw::None)?,
        })
    }

    pub(crate) fn config(&self, wrong: Option<WrongCertificate>) -> Arc<ServerConfig> {
        Arc::clone(match wrong {
            None => &self.valid,
            Some(WrongCertificate::OtherAuthority) => &self.other_authority,
            Some(WrongCertificate::OtherName) => &self.other_name,
            Some(WrongCertificate::Expired) => &self.expired,
            Some(WrongCertificate::ForClients) => &self.for_clients,
            Some(WrongCertificate::ByIntermediate) => &self.by_intermediate,
        })
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

/// How long a certificate without a flaw is valid.
const VALIDITY: Duration = Duration::days(365);

/// What is wrong with a certificate, apart from its authority and names.
#[derive(Clone, Copy)]
enum Flaw {
    None,
    /// It ends in this many days.
    EndsIn(u16),
    Expired,
    ForClients,
}

fn authority(name: &str) -> io::Result<Authority> {
    let (params, key) = authority_params(name)?;
    CertifiedIssuer::self_signed(params, key).map_err(io::Error::other)
}

fn intermediate(name: &str, root: &Authority) -> io::Result<Authority> {
    let (params, key) = authority_params(name)?;
    CertifiedIssuer::signed_by(params, key, root).map_err(io::Error::other)
}

fn authority_params(name: &str) -> io::Result<(CertificateParams, KeyPair)> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = true;
    Ok((params, KeyPair::generate().map_err(io::Error::other)?))
}

/// A configuration with a new certificate, and the certificate as PEM.
fn signed(authority: &Authority, names: &[String], flaw: Flaw) -> io::Result<(Arc<ServerConfig>, String)> {
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    let title = names.first().map_or("localhost", String::as_str);
    params.distinguished_name.push(rcgen::DnType::CommonName, title);
    params.use_authority_key_identifier_extension = true;
    match flaw {
        Flaw::None => params.not_after = OffsetDateTime::now_utc() + VALIDITY,
        Flaw::EndsIn(days) => params.not_after = OffsetDateTime::now_utc() + Duration::days(days.into()),
        Flaw::Expired => (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1)),
        Flaw::ForClients => params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth],
    }
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = params.signed_by(&key, authority).map_err(io::Error::other)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    // TLS 1.3 sends session tickets after the handshake, when clients no longer unwrap TDS packets.
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key))
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"tds/8.0".to_vec()];
    Ok((Arc::new(config), certificate.pem()))
}
