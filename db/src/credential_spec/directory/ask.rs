//! What is asked of the directory, and what its answers mean.

use ldap3::{Scope, ldap_escape};
use uuid::Uuid;

use super::session::{Entry, Session};
use super::{DirectoryError, Domain};

/// The object class of a gMSA.
const GMSA: &str = "msDS-GroupManagedServiceAccount";
/// `ACCOUNTDISABLE` of userAccountControl, [MS-ADTS] 2.2.16.
const DISABLED: u32 = 2;

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

    /// The sAMAccountName, without `$` and as the directory spells it, of the enabled gMSA that goes by this name.
    pub(super) async fn account(&mut self, domain: &str, name: &str) -> Result<String, DirectoryError> {
        let bare = name.strip_suffix('$').unwrap_or(name);
        let (escaped, managed) = (ldap_escape(bare), ldap_escape(format!("{bare}$")));
        let base = self.context().await?;
        let filter = format!("(|(sAMAccountName={managed})(sAMAccountName={escaped}))");
        let attributes = ["sAMAccountName", "objectClass", "userAccountControl"];
        let found = self.search(&base, Scope::Subtree, &filter, &attributes).await?;
        let is_managed = |entry: &&Entry| entry.texts("objectClass").iter().any(|class| class == GMSA);
        let Some(entry) = found.iter().find(is_managed) else {
            let account = |entry: &Entry| entry.text("sAMAccountName").unwrap_or(bare).to_owned();
            return Err(match found.first() {
                Some(entry) => DirectoryError::NotManaged {
                    account: account(entry),
                    class: entry.texts("objectClass").last().cloned().unwrap_or_default(),
                },
                None => DirectoryError::NoSuchAccount { domain: domain.to_owned(), account: bare.to_owned() },
            });
        };
        let account = entry.text("sAMAccountName").unwrap_or(bare);
        let control = entry.text("userAccountControl").and_then(|text| text.parse::<u32>().ok());
        if control.is_some_and(|control| control & DISABLED != 0) {
            return Err(DirectoryError::Disabled(account.to_owned()));
        }
        Ok(account.strip_suffix('$').unwrap_or(account).to_owned())
    }

    async fn context(&mut self) -> Result<String, DirectoryError> {
        let root = self.one("", &["defaultNamingContext"], "naming contexts").await?;
        root.text("defaultNamingContext").map(str::to_owned).ok_or_else(|| self.hidden("naming contexts"))
    }

    /// The names of the domain with this context.
    async fn names(&mut self, configuration: &str, context: &str) -> Result<Entry, DirectoryError> {
        let filter = format!("(&(objectClass=crossRef)(nCName={}))", ldap_escape(context));
        let partitions = format!("CN=Partitions,{configuration}");
        let found = self.search(&partitions, Scope::OneLevel, &filter, &["nETBIOSName", "dnsRoot"]).await?;
        found.into_iter().next().ok_or_else(|| self.hidden("names"))
    }

    async fn one(
        &mut self,
        base: &str,
        attributes: &[&'static str],
        what: &'static str,
    ) -> Result<Entry, DirectoryError> {
        let found = self.search(base, Scope::Base, "(objectClass=*)", attributes).await?;
        found.into_iter().next().ok_or_else(|| self.hidden(what))
    }

    fn hidden(&self, what: &'static str) -> DirectoryError {
        DirectoryError::Hidden(self.host.clone(), what)
    }
}

/// A SID as text, from its packet form: [MS-DTYP] 2.4.2.2.
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
    fn a_sid_is_read_from_its_packet_form_and_from_nothing_else() {
        let bytes = [1, 4, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 3, 1, 0, 0];
        assert_eq!(sid(&bytes).as_deref(), Some("S-1-5-21-1-4294967295-259"));
        for end in 0..bytes.len() {
            assert_eq!(sid(&bytes[..end]), None, "{end}");
        }
        assert_eq!(sid(&[&bytes[..], &[0; 4]].concat()), None);
    }
}
