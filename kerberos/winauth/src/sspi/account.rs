//! A named account in the form that SSPI takes.

use std::ptr;

use windows_sys::Win32::System::Rpc::{SEC_WINNT_AUTH_IDENTITY_UNICODE, SEC_WINNT_AUTH_IDENTITY_W};
use zeroize::Zeroizing;

/// User, domain and password in UTF-16, wiped when dropped.
pub(crate) struct Account {
    user: Zeroizing<Vec<u16>>,
    domain: Option<Zeroizing<Vec<u16>>>,
    password: Zeroizing<Vec<u16>>,
}

impl Account {
    pub(crate) fn new(domain: Option<&str>, user: &str, password: &str) -> Self {
        Self { user: wide(user), domain: domain.map(wide), password: wide(password) }
    }

    /// SSPI's view of the account: pointers into `self`, valid while it is borrowed and unchanged.
    pub(super) fn identity(&self) -> SEC_WINNT_AUTH_IDENTITY_W {
        let (user, user_length) = parts(&self.user);
        let (domain, domain_length) = self.domain.as_deref().map_or((ptr::null_mut(), 0), |domain| parts(domain));
        let (password, password_length) = parts(&self.password);
        SEC_WINNT_AUTH_IDENTITY_W {
            User: user,
            UserLength: user_length,
            Domain: domain,
            DomainLength: domain_length,
            Password: password,
            PasswordLength: password_length,
            Flags: SEC_WINNT_AUTH_IDENTITY_UNICODE,
        }
    }
}

/// Sized before it is filled: a vector that grows leaves copies of the password behind.
fn wide(text: &str) -> Zeroizing<Vec<u16>> {
    let mut units = Zeroizing::new(Vec::with_capacity(text.encode_utf16().count() + 1));
    units.extend(text.encode_utf16());
    units.push(0);
    units
}

/// The text's address and its length in UTF-16 units without the NUL. SSPI declares the address mutable and does not
/// write to it.
fn parts(text: &[u16]) -> (*mut u16, u32) {
    let length = u32::try_from(text.len().saturating_sub(1)).unwrap_or(u32::MAX);
    (text.as_ptr().cast_mut(), length)
}
