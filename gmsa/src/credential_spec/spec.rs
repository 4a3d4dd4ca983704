//! A credential spec with its parts.

/// A domain with the names and ids that a credential spec needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Its DNS name, like `corp.example.com`.
    pub dns_name: String,
    /// The DNS name of the forest's root domain; the same in a forest of one domain.
    pub forest: String,
    /// Its NetBIOS name, at most 15 characters, like `CORP`.
    pub netbios: String,
    /// Its own SID, `S-1-5-21-a-b-c`: not an account's.
    pub sid: String,
    /// Its own objectGUID, without braces: not an account's.
    pub guid: String,
}

/// The plugin through which a node outside of the domain gets the account that reads the gMSA's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plugin {
    /// The plugin's COM class, with braces.
    pub(super) guid: String,
    /// Its input as text; each plugin has its own format.
    pub(super) input: String,
}

/// A credential spec without a violation that can be found offline, created by
/// [`SpecDraft::validate`](super::SpecDraft::validate).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSpec {
    pub(super) domain: Domain,
    /// The account that the container gets: its sAMAccountName without `$`.
    pub(super) account: String,
    /// More accounts that the container may use.
    pub(super) additional: Vec<String>,
    /// Only for nodes outside of the domain.
    pub(super) plugin: Option<Plugin>,
}

impl CredentialSpec {
    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The accounts that the container may use; it gets the first.
    pub(super) fn accounts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.account).chain(&self.additional).map(String::as_str)
    }
}
