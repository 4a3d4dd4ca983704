//! The realm in which a service ticket is requested, and whether it is the service's.
//!
//! The driver names the service without a realm, so the Kerberos library appends `default_realm` of `krb5.conf`. The
//! login fails if the service is in another realm, although the library could get a ticket there.

use std::fmt;

/// `default_realm` is not the realm of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealmMismatch {
    /// The configured realm; none if the configuration has none.
    pub default_realm: Option<String>,
    /// The realm of the service.
    pub service_realm: String,
    /// What shows it.
    pub evidence: RealmEvidence,
}

/// What shows the realm of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RealmEvidence {
    /// The credentials of this client, which is in the same realm.
    Client(String),
    /// The section `[domain_realm]` of the configuration, for this host.
    DomainRealm(String),
    /// The domain of this host, in capitals.
    Domain(String),
}

impl RealmMismatch {
    /// The two lines to write into `krb5.conf`.
    pub fn lines(&self) -> String {
        format!("[libdefaults]\n    default_realm = {}", self.service_realm)
    }

    #[cfg(any(test, all(unix, feature = "kerberos")))]
    fn find(
        default_realm: Option<String>,
        mapped: Option<String>,
        principal: Option<&str>,
        host: &str,
    ) -> Option<Self> {
        let of_client = || principal?.rsplit_once('@').filter(|(_, realm)| !realm.is_empty());
        let (service_realm, evidence) = if let Some(realm) = mapped {
            (realm, RealmEvidence::DomainRealm(host.to_owned()))
        } else if let Some((_, realm)) = of_client() {
            (realm.to_owned(), RealmEvidence::Client(principal.unwrap_or_default().to_owned()))
        } else {
            let (_, domain) = host.split_once('.')?;
            (domain.to_uppercase(), RealmEvidence::Domain(host.to_owned()))
        };
        (default_realm.as_ref() != Some(&service_realm)).then_some(Self { default_realm, service_realm, evidence })
    }

    /// Compares `default_realm` with the realm of the service's host. `None` if they are equal, or if neither the
    /// configuration, the client nor the host's domain shows the service's realm.
    #[cfg(all(unix, feature = "kerberos"))]
    pub(crate) fn of_service(spn: &str, principal: Option<&str>) -> Option<Self> {
        let host = spn.split_once('/')?.1.split([':', '@']).next()?;
        let library = bookstore_libkrb5::Library::open().ok()?;
        Self::find(library.default_realm().ok(), library.realm_of_host(host), principal, host)
    }
}

impl fmt::Display for RealmMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.default_realm {
            Some(realm) => write!(f, "default_realm in krb5.conf is {realm}, but ")?,
            None => f.write_str("krb5.conf has no default_realm, and ")?,
        }
        let realm = &self.service_realm;
        match &self.evidence {
            RealmEvidence::Client(client) => write!(f, "the credentials are those of {client}"),
            RealmEvidence::DomainRealm(host) => write!(f, "[domain_realm] there maps {host} to {realm}"),
            RealmEvidence::Domain(host) => write!(f, "{host} is probably in the realm {realm}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "db.contoso.com";
    const CLIENT: &str = "web$@CONTOSO.COM";

    fn mismatch(default: Option<&str>, mapped: Option<&str>, principal: Option<&str>) -> Option<String> {
        let found = RealmMismatch::find(default.map(str::to_owned), mapped.map(str::to_owned), principal, HOST);
        found.map(|mismatch| mismatch.to_string())
    }

    #[test]
    fn foreign_missing_and_lower_case_default_realm_are_named() {
        for (default, text) in [
            (Some("ATHENA.MIT.EDU"), "default_realm in krb5.conf is ATHENA.MIT.EDU, but the credentials are those of"),
            (Some("contoso.com"), "default_realm in krb5.conf is contoso.com, but"),
            (None, "krb5.conf has no default_realm, and the credentials are those of web$@CONTOSO.COM"),
        ] {
            let found = mismatch(default, None, Some(CLIENT)).unwrap();
            assert!(found.starts_with(text), "{found}");
        }
        assert_eq!(mismatch(Some("CONTOSO.COM"), None, Some(CLIENT)), None);
    }

    #[test]
    fn mapping_of_the_domain_decides_before_the_clients_realm() {
        let found = mismatch(Some("CONTOSO.COM"), Some("EU.CONTOSO.COM"), Some(CLIENT)).unwrap();
        assert!(found.ends_with("[domain_realm] there maps db.contoso.com to EU.CONTOSO.COM"), "{found}");
        assert_eq!(mismatch(Some("EU.CONTOSO.COM"), Some("EU.CONTOSO.COM"), Some(CLIENT)), None);
    }

    #[test]
    fn lines_name_the_services_realm() {
        let found = RealmMismatch::find(None, None, None, HOST).unwrap();
        assert_eq!(found.lines(), "[libdefaults]\n    default_realm = CONTOSO.COM");
        assert_eq!(RealmMismatch::find(None, None, None, "db"), None);
    }
}
