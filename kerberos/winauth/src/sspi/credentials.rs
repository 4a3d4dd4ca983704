//! The handle to the credentials of a login.

use std::ptr;

use windows_sys::Win32::Security::Authentication::Identity::{
    AcquireCredentialsHandleW, FreeCredentialsHandle, SECPKG_CRED_OUTBOUND,
};
use windows_sys::Win32::Security::Credentials::SecHandle;

use super::account::Account;
use crate::package::Package;
use crate::status::Status;

/// Credentials for a package, freed when dropped.
pub(crate) struct Credentials {
    handle: SecHandle,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials")
    }
}

impl Credentials {
    /// Credentials of the account that the process runs as, for the thread's package.
    pub(crate) fn of_this_process() -> Result<Self, Status> {
        Self::acquire(Package::current(), None)
    }

    /// Credentials of a named account, for Negotiate.
    pub(crate) fn of(account: &Account) -> Result<Self, Status> {
        Self::acquire(Package::Negotiate, Some(account))
    }

    pub(super) fn handle(&self) -> *const SecHandle {
        &raw const self.handle
    }

    fn acquire(package: Package, account: Option<&Account>) -> Result<Self, Status> {
        let identity = account.map(Account::identity);
        let mut handle = SecHandle::default();
        // SAFETY: the package's name is a static UTF-16 text that ends with NUL; `identity` is of the type that
        // both packages take, or null for the process' own, and it and the account into which it points outlive the
        // call, of which SSPI keeps copies
        // (<https://learn.microsoft.com/windows/win32/secauthn/acquirecredentialshandle--negotiate>); `handle` is
        // writable; the parameters that are null are optional.
        let status = unsafe {
            AcquireCredentialsHandleW(
                ptr::null(),
                package.name(),
                SECPKG_CRED_OUTBOUND,
                ptr::null(),
                identity.as_ref().map_or(ptr::null(), |identity| ptr::from_ref(identity).cast()),
                None,
                ptr::null(),
                &raw mut handle,
                ptr::null_mut(),
            )
        };
        // The handle is one, and is to be freed, only on success.
        Status::new(status).checked().map(|_| Self { handle })
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        // SAFETY: the handle came from a successful AcquireCredentialsHandleW and is freed here only.
        unsafe { FreeCredentialsHandle(&raw const self.handle) };
    }
}
