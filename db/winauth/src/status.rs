//! SSPI's status codes: what to do next, and what to tell people. Nothing here needs Windows, so its tests run everywhere.
//!
//! The codes: <https://learn.microsoft.com/windows/win32/secauthn/sspi-status-codes>; their texts:
//! <https://learn.microsoft.com/windows/win32/com/com-error-codes-4>.

mod failure;
mod table;
#[cfg(test)]
mod tests;

#[cfg(windows)]
use std::io;

pub(crate) use failure::Failure;

#[cfg(windows)]
use crate::text::Target;

/// What an SSPI function returned, by the bits of its HRESULT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Status(u32);

/// How far a call brought the login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// This side needs nothing further from the server.
    pub(crate) complete: bool,
    /// `CompleteAuthToken` is due before the token is sent.
    pub(crate) to_be_completed: bool,
}

impl Status {
    const OK: Self = Self(0);
    const CONTINUE_NEEDED: Self = Self(0x0009_0312);
    const COMPLETE_NEEDED: Self = Self(0x0009_0313);
    const COMPLETE_AND_CONTINUE: Self = Self(0x0009_0314);

    pub(crate) const fn new(hresult: i32) -> Self {
        Self(hresult.cast_unsigned())
    }

    /// # Errors
    /// Itself, if it says that the call failed.
    pub(crate) const fn checked(self) -> Result<Self, Self> {
        if self.0 >> 31 == 0 { Ok(self) } else { Err(self) }
    }

    /// The meaning as an answer of `InitializeSecurityContext`.
    ///
    /// # Errors
    /// Itself, if it says that the call failed, or is a success that this exchange does not know how to go on from.
    pub(crate) fn progress(self) -> Result<Progress, Self> {
        match self {
            Self::OK => Ok(Progress { complete: true, to_be_completed: false }),
            Self::CONTINUE_NEEDED => Ok(Progress { complete: false, to_be_completed: false }),
            Self::COMPLETE_NEEDED => Ok(Progress { complete: true, to_be_completed: true }),
            Self::COMPLETE_AND_CONTINUE => Ok(Progress { complete: false, to_be_completed: true }),
            other => Err(other),
        }
    }

    /// The error for people: what SSPI was `doing` for which service.
    #[cfg(windows)]
    pub(crate) fn while_(self, doing: &'static str, target: &Target) -> io::Error {
        let failure = Failure { status: self, doing, target: target.name().to_owned() };
        io::Error::new(failure.kind(), failure)
    }
}
