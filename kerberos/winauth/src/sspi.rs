//! SSPI's handles and buffers as owned values. All of the workspace's unsafe code is here.
//!
//! Calling order and ownership:
//! <https://learn.microsoft.com/windows/win32/secauthn/using-sspi-with-a-windows-sockets-client>.

#![expect(unsafe_code, reason = "SSPI is a foreign library")]

mod account;
mod buffer;
mod context;
mod credentials;

pub(crate) use account::Account;
pub(crate) use context::Context;
pub(crate) use credentials::Credentials;
