//! Credential specs: which group managed service account (gMSA) of which domain a Windows container gets.
//!
//! [`SpecDraft`] turns facts from a person or from the directory (`directory`) into a [`CredentialSpec`], which
//! [`mod@print`] writes for Kubernetes, Docker or ECS. `lint` checks one that somebody else wrote. Only `directory`
//! uses the network.
//!
//! Sources: Microsoft's "Create gMSAs for Windows containers"; the CRD of kubernetes-sigs/windows-gmsa;
//! docs/gmsa-facts.md sections 2 and 4, whose numbers the violations carry.

#[cfg(all(unix, feature = "kerberos"))]
pub mod directory;
mod draft;
pub(crate) mod field;
pub(crate) mod lint;
mod plugin;
pub mod print;
mod spec;
#[cfg(test)]
mod tests;
mod violation;

pub use draft::{FlagError, SpecDraft};
pub use spec::{CredentialSpec, Domain};
pub(crate) use violation::{FieldViolation, excerpt};
pub use violation::{Severity, Violation};
