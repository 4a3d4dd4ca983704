//! The queries for a gMSA, and the meaning of the answers.

use ldap3::{Scope, ldap_escape};

use super::DirectoryError;
use super::session::{Entry, Session};

/// The object class of a gMSA.
const GMSA: &str = "msDS-GroupManagedServiceAccount";
/// `ACCOUNTDISABLE` of userAccountControl, [MS-ADTS] 2.2.16.
const DISABLED: u32 = 2;
/// The constructed attribute with the password, [MS-ADTS] 3.1.1.4.5.39.
const PASSWORD: &str = "msDS-ManagedPassword";

impl Session {
    /// The sAMAccountName, without `$` and as the directory spells it, of the enabled gMSA with this name.
    pub(crate) async fn account(&mut self, domain: &str, name: &str) -> Result<String, DirectoryError> {
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

    /// The password blob of the gMSA with this sAMAccountName without `$`; none if the caller may not read it.
    pub(crate) async fn managed_password(&mut self, account: &str) -> Result<Option<Vec<u8>>, DirectoryError> {
        let base = self.context().await?;
        let filter = format!("(sAMAccountName={}$)", ldap_escape(account));
        let found = self.search(&base, Scope::Subtree, &filter, &[PASSWORD]).await?;
        Ok(found.first().and_then(|entry| entry.bytes(PASSWORD)).map(<[u8]>::to_vec))
    }

    async fn context(&mut self) -> Result<String, DirectoryError> {
        let root = self.one("", &["defaultNamingContext"], "naming contexts").await?;
        root.text("defaultNamingContext").map(str::to_owned).ok_or_else(|| self.hidden("naming contexts"))
    }

    /// The one object at `base`; `what` it is wanted for, for the error.
    pub(crate) async fn one(
        &mut self,
        base: &str,
        attributes: &[&'static str],
        what: &'static str,
    ) -> Result<Entry, DirectoryError> {
        let found = self.search(base, Scope::Base, "(objectClass=*)", attributes).await?;
        found.into_iter().next().ok_or_else(|| self.hidden(what))
    }

    pub(crate) fn hidden(&self, what: &'static str) -> DirectoryError {
        DirectoryError::Hidden(self.host.clone(), what)
    }
}
