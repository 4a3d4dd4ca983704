//! What a certificate says, and which names it is for.

use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::doctor) struct Certificate {
    /// The alternative names, or the common name if there are none.
    pub(in crate::doctor) names: Vec<String>,
    pub(in crate::doctor) issuer: String,
    pub(in crate::doctor) self_signed: bool,
    pub(in crate::doctor) not_before: OffsetDateTime,
    pub(in crate::doctor) not_after: OffsetDateTime,
}

impl Certificate {
    pub(super) fn parse(der: &[u8]) -> Option<Self> {
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
    pub(in crate::doctor) fn is_for(&self, name: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
