//! Which package of SSPI a login uses. The driver creates the login and passes nothing but the SPN, so the choice is a
//! property of the thread that runs it.

use std::cell::Cell;

use windows_sys::Win32::Security::Authentication::Identity::{MICROSOFT_KERBEROS_NAME_W, NEGOSSP_NAME_W};
use windows_sys::core::PCWSTR;

/// A package of SSPI.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Package {
    /// Kerberos where the domain allows it, otherwise NTLM.
    #[default]
    Negotiate,
    /// Kerberos, or an error before a token is sent.
    Kerberos,
}

thread_local! {
    static CURRENT: Cell<Package> = const { Cell::new(Package::Negotiate) };
}

impl Package {
    /// The package of logins on this thread.
    pub(crate) fn current() -> Self {
        CURRENT.get()
    }

    /// Its name as SSPI takes it: static UTF-16 that ends with NUL.
    pub(crate) fn name(self) -> PCWSTR {
        match self {
            Self::Negotiate => NEGOSSP_NAME_W,
            Self::Kerberos => MICROSOFT_KERBEROS_NAME_W,
        }
    }
}

/// Runs `login` on this thread. Logins of the process's account that start in it use Kerberos or fail: no NTLM token
/// is created.
pub fn only_kerberos<T>(login: impl FnOnce() -> T) -> T {
    let _restored = Restored(CURRENT.replace(Package::Kerberos));
    login()
}

/// Sets the thread's package back, also after a panic.
struct Restored(Package);

impl Drop for Restored {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_is_that_of_the_thread_and_is_restored_after_a_panic() {
        let within = only_kerberos(|| (Package::current(), std::thread::spawn(Package::current).join().ok()));
        assert_eq!(within, (Package::Kerberos, Some(Package::Negotiate)));
        assert!(std::panic::catch_unwind(|| only_kerberos(|| panic!("a login"))).is_err());
        assert_eq!(Package::current(), Package::Negotiate);
    }
}
