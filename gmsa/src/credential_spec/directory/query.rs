//! The queries for the domain, and the meaning of the answers.

use ldap3::{Scope, ldap_escape};
use uuid::Uuid;

use crate::credential_spec::spec::Domain;
use crate::directory::{DirectoryError, Entry, Session};

impl Session {
    /// The domain of this controller.
    pub(super) async fn domain(&mut self) -> Result<Domain, DirectoryError> {
        let contexts = ["defaultNamingContext", "rootDomainNamingContext", "configurationNamingContext"];
        let root = self.one("", &contexts, "naming contexts").await?;
        let context = |name| root.text(name).map(str::to_owned);
        let [Some(domain), Some(forest), Some(configuration)] = contexts.map(context) else {
            return Err(self.hidden("naming contexts"));
        };
        let head = self.one(&domain, &["objectSid", "objectGUID"], "SID and GUID").await?;
        let sid = head.bytes("objectSid").and_then(sid).ok_or_else(|| self.hidden("SID"))?;
        let guid = head.bytes("objectGUID").and_then(|bytes| bytes.try_into().ok());
        let guid = guid.map(Uuid::from_bytes_le).ok_or_else(|| self.hidden("GUID"))?;
        let names = self.names(&configuration, &domain).await?;
        let root = self.names(&configuration, &forest).await?;
        let text = |entry: &Entry, name, what| entry.text(name).map(str::to_owned).ok_or_else(|| self.hidden(what));
        Ok(Domain {
            dns_name: text(&names, "dnsRoot", "DNS name")?,
            forest: text(&root, "dnsRoot", "forest")?,
            netbios: text(&names, "nETBIOSName", "NetBIOS name")?,
            sid,
            guid: guid.to_string(),
        })
    }

    /// The names of the domain with this naming context.
    async fn names(&mut self, configuration: &str, context: &str) -> Result<Entry, DirectoryError> {
        let filter = format!("(&(objectClass=crossRef)(nCName={}))", ldap_escape(context));
        let partitions = format!("CN=Partitions,{configuration}");
        let found = self.search(&partitions, Scope::OneLevel, &filter, &["nETBIOSName", "dnsRoot"]).await?;
        found.into_iter().next().ok_or_else(|| self.hidden("names"))
    }
}

/// A SID as text, from its binary form: [MS-DTYP] 2.4.2.2.
fn sid(bytes: &[u8]) -> Option<String> {
    let ([revision, count], rest) = bytes.split_first_chunk::<2>()?;
    let (authority, rest) = rest.split_first_chunk::<6>()?;
    let (parts, []) = rest.as_chunks::<4>() else { return None };
    if usize::from(*count) != parts.len() {
        return None;
    }
    let authority = authority.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let parts = parts.iter().map(|part| format!("-{}", u32::from_le_bytes(*part)));
    Some(format!("S-{revision}-{authority}{}", parts.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::sid;

    #[test]
    fn sid_is_parsed_from_its_binary_form_only() {
        let bytes = [1, 4, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 3, 1, 0, 0];
        assert_eq!(sid(&bytes).as_deref(), Some("S-1-5-21-1-4294967295-259"));
        for end in 0..bytes.len() {
            assert_eq!(sid(&bytes[..end]), None, "{end}");
        }
        assert_eq!(sid(&[&bytes[..], &[0; 4]].concat()), None);
    }
}
