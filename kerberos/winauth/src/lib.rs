//! Integrated login on Windows by SSPI's package **Negotiate**: Kerberos where the domain allows it, otherwise NTLM. Or
//! by the package **Kerberos** alone, within `only_kerberos`.
//!
//! The SQL Server driver (tiberius 0.13) logs in through a crate named `winauth`. The published crate asks SSPI for the
//! package `NTLM`, so a gMSA could never log in by Kerberos. This package replaces it through `[patch.crates-io]` and
//! offers the names that the driver uses, which is why some contain NTLM: `windows::NtlmSspiBuilder` for the account of
//! the process, `NtlmV2ClientBuilder` for a named account, and `NextBytes` for the exchange.
//!
//! It requests mutual authentication, which Kerberos gives and NTLM cannot. The server reports which of the two a login
//! used (`CONNECTIONPROPERTY('auth_scheme')`). Channel bindings are not offered: the driver has none to give.
//!
//! Errors carry SSPI's status by number; `bookstore-kerberos` has its name and meaning. On other systems this
//! package is empty.

#[cfg(windows)]
mod account;
#[cfg(windows)]
mod negotiation;
#[cfg(windows)]
mod package;
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
#[cfg(windows)]
pub use package::only_kerberos;
