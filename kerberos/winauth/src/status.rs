//! SSPI's status codes: the next step of a login, or the error by its number. Names and meanings of the numbers are in
//! the crate `bookstore-kerberos`. Nothing here needs Windows, so the tests run everywhere.
//!
//! The codes: <https://learn.microsoft.com/windows/win32/secauthn/sspi-status-codes>.

use std::fmt;
use std::io;

use windows_sys::Win32::Foundation::*;

/// What an SSPI function returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status(i32);

/// What remains of the login after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// This side needs nothing further from the server.
    pub(crate) is_complete: bool,
    /// `CompleteAuthToken` is due before the token is sent.
    pub(crate) needs_completion: bool,
}

impl Status {
    pub(crate) const fn new(hresult: i32) -> Self {
        Self(hresult)
    }

    /// # Errors
    /// The status itself, if the call failed.
    pub(crate) const fn checked(self) -> Result<Self, Self> {
        if self.0 >= 0 { Ok(self) } else { Err(self) }
    }

    /// What remains after `InitializeSecurityContext` returned this status.
    ///
    /// # Errors
    /// The status itself, if the call failed or this exchange cannot continue from it.
    pub(crate) fn progress(self) -> Result<Progress, Self> {
        match self.0 {
            SEC_E_OK => Ok(Progress { is_complete: true, needs_completion: false }),
            SEC_I_CONTINUE_NEEDED => Ok(Progress { is_complete: false, needs_completion: false }),
            SEC_I_COMPLETE_NEEDED => Ok(Progress { is_complete: true, needs_completion: true }),
            SEC_I_COMPLETE_AND_CONTINUE => Ok(Progress { is_complete: false, needs_completion: true }),
            _ => Err(self),
        }
    }

    /// The error: the failed step, as "asking for a ticket", the SPN and the status. `bookstore-kerberos` reads it back
    /// from the text, which is all that the driver passes on.
    pub(crate) fn into_error(self, step: &str, spn: &str) -> io::Error {
        io::Error::other(format!("SSPI failed while {step} for {spn}: {self}"))
    }
}

impl fmt::Display for Status {
    /// `status 0x8009030E`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {:#010X}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_ends_in_the_number_of_the_status() {
        let error = Status(SEC_E_TARGET_UNKNOWN).into_error("asking for a ticket", "MSSQLSvc/db.example.com:1433");
        assert_eq!(
            error.to_string(),
            "SSPI failed while asking for a ticket for MSSQLSvc/db.example.com:1433: status 0x80090303"
        );
    }

    #[test]
    fn success_codes_end_or_continue_the_login() {
        assert_eq!(Status::new(0).progress(), Ok(Progress { is_complete: true, needs_completion: false }));
        assert_eq!(Status::new(0x0009_0312).progress(), Ok(Progress { is_complete: false, needs_completion: false }));
        assert_eq!(Status::new(0x0009_0313).progress(), Ok(Progress { is_complete: true, needs_completion: true }));
        assert_eq!(Status::new(0x0009_0314).progress(), Ok(Progress { is_complete: false, needs_completion: true }));
    }

    #[test]
    fn failures_and_unknown_successes_end_in_an_error() {
        let local_logon = Status::new(0x0009_0315);
        assert_eq!((local_logon.checked(), local_logon.progress()), (Ok(local_logon), Err(local_logon)));
        let denied = Status::new(SEC_E_LOGON_DENIED);
        assert_eq!((denied.checked(), denied.progress()), (Err(denied), Err(denied)));
    }
}
