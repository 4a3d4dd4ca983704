//! The content of a certificate, and the authorities in a ServerCertificate file.

use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};

/// The content of a certificate that a report needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Certificate {
    /// The alternative names, or the common name if there are none.
    pub(super) names: Vec<String>,
    pub(super) subject: String,
    pub(super) issuer: String,
    pub(super) is_self_signed: bool,
    /// Whether it may authenticate a server: its extended key usage is absent, or has serverAuth.
    pub(super) is_for_servers: bool,
    /// The key that signed it and its own key, if it names them.
    issuer_key: Option<Vec<u8>>,
    own_key: Option<Vec<u8>>,
    der: Vec<u8>,
    pub(super) not_before: OffsetDateTime,
    pub(super) not_after: OffsetDateTime,
}

impl Certificate {
    pub(super) fn parse(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let alternative = certificate.subject_alternative_name().ok().flatten();
        let mut names: Vec<_> =
            alternative.iter().flat_map(|names| &names.value.general_names).filter_map(name_text).collect();
        if names.is_empty() {
            let common = certificate.subject().iter_common_name().filter_map(|name| name.as_str().ok());
            names = common.map(str::to_owned).collect();
        }
        let validity = certificate.validity();
        let usage = certificate.extended_key_usage().ok().flatten();
        let (mut issuer_key, mut own_key) = (None, None);
        for extension in certificate.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::AuthorityKeyIdentifier(key) => {
                    issuer_key = key.key_identifier.as_ref().map(|key| key.0.to_vec());
                }
                ParsedExtension::SubjectKeyIdentifier(key) => own_key = Some(key.0.to_vec()),
                _ => {}
            }
        }
        Some(Self {
            names,
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            is_self_signed: certificate.issuer() == certificate.subject(),
            is_for_servers: usage.is_none_or(|usage| usage.value.server_auth || usage.value.any),
            issuer_key,
            own_key,
            der: der.to_vec(),
            not_before: validity.not_before.to_datetime(),
            not_after: validity.not_after.to_datetime(),
        })
    }

    /// `certificate for db.contoso.com by CN=… until 2027-01-31`
    pub(super) fn describe(&self) -> String {
        let Self { names, issuer, not_after, .. } = self;
        format!("certificate for {} by {issuer} until {}", names.join(", "), not_after.date())
    }

    /// Whether `other` has the name, and as far as known the key, of this certificate's issuer.
    fn is_issued_by(&self, other: &Self) -> bool {
        let is_same_key = match (&self.issuer_key, &other.own_key) {
            (Some(key), Some(other)) => key == other,
            _ => true,
        };
        self.issuer == other.subject && is_same_key
    }

    /// Why the certificates of a ServerCertificate file do not vouch for this one; none if they have its authority up
    /// to the root.
    pub(super) fn missing_authority(&self, file: &[Self]) -> Option<String> {
        if file.iter().any(|held| held.der == self.der) && !self.is_self_signed {
            return Some(format!("it holds the server's own certificate, and not that of its issuer, {}", self.issuer));
        }
        let mut last = self;
        // Each step up uses another certificate of the file.
        for _ in 0..=file.len() {
            if last.is_self_signed {
                return None;
            }
            let Some(next) = file.iter().find(|held| last.is_issued_by(held)) else {
                return Some(last.missing_issuer(self, file));
            };
            last = next;
        }
        None
    }

    fn missing_issuer(&self, server: &Self, file: &[Self]) -> String {
        let held = file.iter().map(|held| held.subject.as_str()).collect::<Vec<_>>().join("; ");
        if file.iter().any(|held| held.subject == self.issuer) {
            format!("it holds a certificate of {} with another key than the one that signed this", self.issuer)
        } else if self.der == server.der {
            format!("it holds {held}, and not the issuer, {}", self.issuer)
        } else {
            format!("it holds the intermediate {}, and not its issuer, {}, up to the root", self.subject, self.issuer)
        }
    }

    /// Whether the certificate is for this name; a wildcard stands for the first label.
    pub(super) fn is_for(&self, name: &str) -> bool {
        let matches = |pattern: &str| match pattern.strip_prefix("*.") {
            Some(rest) => name.split_once('.').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(rest)),
            None => pattern.eq_ignore_ascii_case(name),
        };
        self.names.iter().any(|pattern| matches(pattern))
    }
}

/// Reads the certificates of a file as the driver does: PEM if a line starts with `-----BEGIN`, otherwise one
/// certificate in DER; a byte-order mark is skipped.
pub(super) fn read_authorities(bytes: &[u8]) -> Result<Vec<native_tls::Certificate>, String> {
    const PEM_MARKER: &[u8] = b"-----BEGIN";
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let is_pem = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).any(|line| line.starts_with(PEM_MARKER));
    let authorities = if is_pem {
        native_tls::Certificate::stack_from_pem(bytes)
    } else {
        native_tls::Certificate::from_der(bytes).map(|certificate| vec![certificate])
    };
    match authorities {
        Ok(authorities) if authorities.is_empty() => Err("the file has no certificate".to_owned()),
        Ok(authorities) => Ok(authorities),
        Err(error) => Err(format!("the file is not a certificate in PEM or DER: {error}")),
    }
}

/// The content of the certificates of a file.
pub(super) fn parse_file(bytes: &[u8]) -> Result<Vec<Certificate>, String> {
    let authorities = read_authorities(bytes)?;
    let der = authorities.iter().filter_map(|authority| authority.to_der().ok());
    Ok(der.filter_map(|der| Certificate::parse(&der)).collect())
}

fn name_text(name: &GeneralName<'_>) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcard_stands_for_one_label() {
        let certificate = Certificate {
            names: vec!["*.contoso.com".into()],
            subject: String::new(),
            issuer: String::new(),
            is_self_signed: false,
            is_for_servers: true,
            issuer_key: None,
            own_key: None,
            der: Vec::new(),
            not_before: OffsetDateTime::UNIX_EPOCH,
            not_after: OffsetDateTime::UNIX_EPOCH,
        };
        assert!(certificate.is_for("DB.contoso.com"));
        assert!(!certificate.is_for("contoso.com") && !certificate.is_for("a.db.contoso.com"));
    }

    #[test]
    fn server_certificate_is_read_in_pem_and_der_like_the_driver() {
        let pem = include_bytes!("../../tests/ca.pem");
        let der = x509_parser::pem::parse_x509_pem(pem).unwrap().1.contents;
        let with_mark = [b"\xEF\xBB\xBF", &pem[..]].concat();
        let twice = [&pem[..], &pem[..]].concat();
        for (file, count) in [(&pem[..], 1), (&der, 1), (&with_mark, 1), (&twice, 2)] {
            let read = read_authorities(file).unwrap();
            assert_eq!(read.len(), count);
            assert_eq!(read[0].to_der().unwrap(), der);
        }
        for bad in [&b""[..], b"text", b"-----BEGIN CERTIFICATE-----\n", &der[..der.len() / 2]] {
            assert!(read_authorities(bad).is_err());
        }
    }
}
