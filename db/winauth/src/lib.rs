//! Integrated login on Windows: SSPI's **Negotiate** package, which is Kerberos wherever the domain allows it and NTLM elsewhere.
//!
//! The SQL Server driver (tiberius 0.13) logs in through a crate named `winauth`. The published one asks SSPI for the package
//! `NTLM`, so a gMSA could never log in by Kerberos. This package takes its place through `[patch.crates-io]` and offers the names
//! that the driver uses, which is why some of them say NTLM: [`windows::NtlmSspiBuilder`] for the account that the process runs as,
//! [`NtlmV2ClientBuilder`] for a named account, and [`NextBytes`] for the exchange.
//!
//! Mutual authentication is asked for; Kerberos gives it, NTLM cannot. Which of the two a login became is the server's to say
//! (`CONNECTIONPROPERTY('auth_scheme')`) and the caller's to judge. Channel bindings are not offered, as the driver has none to give.
//!
//! Failures are [`std::io::Error`]s whose text has the status' name, number, meaning and remedy, and whose kind is
//! `PermissionDenied` (an account, a ticket or a service principal name), `HostUnreachable` (no domain controller),
//! `InvalidData` (the server's token), `Unsupported` (policy or image), or `Other`.
//!
//! On systems other than Windows this package is empty.

#[cfg(windows)]
mod account;
#[cfg(windows)]
mod negotiation;
#[cfg(windows)]
mod sspi;
#[cfg(any(windows, test))]
mod status;
#[cfg(windows)]
mod text;
#[cfg(windows)]
pub mod windows;

#[cfg(windows)]
pub use account::{NtlmV2Client, NtlmV2ClientBuilder};
#[cfg(windows)]
pub use negotiation::{Negotiation, NextBytes};
