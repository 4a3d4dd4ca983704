//! Credential specs: which group managed service account (gMSA) a Windows container becomes, and of which domain.
//!
//! One is made from facts that a person or the directory gives ([`Draft`]), printed for Kubernetes, Docker or ECS ([`mod@print`]), and
//! read back with everything that would fail later named ([`lint`]). Nothing here asks a cluster, and only [`directory`] a domain.
//!
//! Sources: Microsoft's "Create gMSAs for Windows containers"; the CRD of kubernetes-sigs/windows-gmsa; docs/gmsa-facts.md sections
//! 2 and 4, whose rows the problems carry.

#[cfg(all(unix, feature = "kerberos"))]
pub mod directory;
mod draft;
pub mod field;
pub mod lint;
pub mod plugin;
pub mod print;
mod read;
#[cfg(test)]
mod tests;

pub use draft::{Draft, Refusal};
pub use lint::{Fault, Form};

/// Why a field would fail later, and what to write into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The row of docs/gmsa-facts.md, section 4.
    pub row: u8,
    /// What is wrong and what comes of it.
    pub why: String,
    /// What to write instead.
    pub fix: String,
}

impl Problem {
    /// A problem of that row.
    pub(crate) fn new(row: u8, why: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { row, why: why.into(), fix: fix.into() }
    }
}

/// The domain, in the forms that a credential spec has it.
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

/// Where a node outside of the domain has the account from that reads the gMSA's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// The plugin's COM class, with braces.
    pub guid: String,
    /// What it is given, always text; its form is the plugin's own.
    pub input: String,
}

/// A credential spec without a fault that can be seen without asking anybody: made by [`Draft::check`] or [`CredentialSpec::read`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSpec {
    domain: Domain,
    account: String,
    additional: Vec<String>,
    plugin: Option<Plugin>,
}

impl CredentialSpec {
    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The account that the container becomes: its sAMAccountName without `$`.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The accounts that the container may use, the first of which it becomes.
    pub fn accounts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.account).chain(&self.additional).map(String::as_str)
    }

    /// The plugin, on nodes outside of the domain.
    #[must_use]
    pub fn plugin(&self) -> Option<&Plugin> {
        self.plugin.as_ref()
    }
}
