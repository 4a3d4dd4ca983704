//! Kerberos from the client's side: this process's credentials, service principal names (SPNs) and the meaning of
//! status codes.
//!
//! The SQL driver exchanges the tokens of a login. This crate prepares the exchange and explains its failures:
//!
//! - [`credentials`] has the ticket cache and the client keytab that a login uses, without the keys.
//! - [`realm`] compares the realm in which a ticket is requested with the service's.
//! - [`spn`] builds the SPN for which a login requests a ticket.
//! - `gssapi` (Unix, feature `kerberos`) requests that ticket before the driver does, to learn the library's status
//!   codes.
//! - `login` (Unix, feature `kerberos`) gets ticket-granting tickets by keytab or password.
//! - `sspi` (Windows) reads the status code from the driver's error; the login itself is in the package `winauth`.
//! - `status` is the one table of status codes, with the name and the [`KerberosFault`] of each; [`KerberosError`] is
//!   its text for people.
//!
//! The crate knows neither SQL nor HTTP.

pub mod credentials;
mod error;
#[cfg(all(unix, feature = "kerberos"))]
pub mod gssapi;
#[cfg(all(unix, feature = "kerberos"))]
pub mod login;
pub mod realm;
pub mod spn;
#[cfg(any(windows, test))]
pub mod sspi;
#[cfg(any(windows, test, all(unix, feature = "kerberos")))]
mod status;

pub use credentials::process_account;
pub use error::{KerberosError, KerberosFault};
