//! Group managed service accounts (gMSAs) in containers: credential specs and the pre-flight check of manifests.
//!
//! A Windows container gets its gMSA through a *credential spec*, a small document that names the domain and the
//! account. A mistake in it, or in the objects around it, is reported late or never: the pod starts, and its login
//! fails. This crate therefore
//!
//! 1. creates credential specs for Kubernetes, Docker and ECS, from flags or from the directory: [`credential_spec`];
//! 2. checks credential specs, pods, roles and bindings before anything runs: [`preflight`];
//! 3. gets tickets for a gMSA on Linux, where no system service does it: `ticket`.
//!
//! It reads files and, if asked to, the directory by LDAP. It never calls a cluster, and knows neither SQL nor HTTP.
//! Numbers of known failures are those of `docs/gmsa-facts.md` section 4. `schema/` holds the fields of Kubernetes'
//! objects.

pub mod credential_spec;
#[cfg(all(unix, feature = "kerberos"))]
pub mod directory;
#[cfg(all(unix, feature = "kerberos"))]
mod managed_password;
pub mod preflight;
mod suggest;
#[cfg(all(unix, feature = "kerberos"))]
pub mod ticket;
