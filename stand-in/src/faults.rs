//! Faults on demand: what goes wrong next. They can be changed while the stand-in runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::gate::Gate;

/// The longest delay of a fault.
pub const MAX_DELAY: Duration = Duration::from_secs(60);

/// A certificate that clients must refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WrongCertificate {
    /// Signed by an authority that the client does not trust.
    OtherAuthority,
    /// Issued for another host name.
    OtherName,
    /// Expired in 2021.
    Expired,
    /// For clients only: its extended key usage lacks serverAuth.
    ForClients,
    /// Signed by an intermediate authority, whose certificate is not sent.
    ByIntermediate,
}

/// A fault. Faults of connections and logins affect new connections; the others affect statements.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Reset a new connection at once.
    RefuseConnection,
    /// Present this certificate to a new connection.
    Certificate(WrongCertificate),
    /// Encrypt everything, also for a client that asks for the login alone: SQL Server's Force Encryption.
    ForceEncryption,
    /// Delay the reply to a login, at most by [`MAX_DELAY`].
    DelayLogin(Duration),
    /// Refuse a login with this error.
    RefuseLogin {
        /// SQL Server's error number.
        number: i32,
        /// The error state.
        state: u8,
        /// The error text.
        text: String,
    },
    /// Accept a login and report this auth scheme, such as NTLM, which the stand-in does not implement.
    Scheme(&'static str),
    /// Redirect a login to another server.
    Redirect {
        /// The other server's host name or address.
        host: String,
        /// The other server's port.
        port: u16,
    },
    /// Delay a statement, at most by [`MAX_DELAY`].
    DelayReply(Duration),
    /// Delay a statement, at most by [`MAX_DELAY`], if the session has not run it before, as a server does that
    /// compiles it.
    DelayFirstRun(Duration),
    /// Run a statement at once, and hold back the end of its reply until the gate opens.
    HoldReply(Gate),
    /// Run a statement at once, and send its reply with this pause after each byte, at most [`MAX_DELAY`].
    TrickleReply(Duration),
    /// Close the connection after this many bytes of a statement's reply.
    CloseAfterBytes(usize),
    /// Do not run a statement, and reply with this error of class 16.
    Error {
        /// SQL Server's error number. 1205 also rolls back the transaction.
        number: i32,
        /// The error text.
        text: String,
    },
    /// Do not run a statement, reply with this error of class 20 and close the connection, as SQL Server does for
    /// errors of class 20 and above.
    FatalError {
        /// SQL Server's error number.
        number: i32,
        /// The error text.
        text: String,
    },
    /// Run a statement, and reply with this error all the same.
    ErrorAfterRunning {
        /// SQL Server's error number.
        number: i32,
        /// The error text.
        text: String,
    },
    /// Run a statement, and close the connection without a reply.
    CloseAfterRunning,
    /// Neither run a statement nor reply, until the client closes the connection.
    NeverAnswer,
}

/// When a fault takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultPoint {
    Connection,
    Handshake,
    Login,
    Statement,
}

impl Fault {
    fn stage(&self) -> FaultPoint {
        match self {
            Self::RefuseConnection => FaultPoint::Connection,
            Self::Certificate(_) | Self::ForceEncryption => FaultPoint::Handshake,
            Self::DelayLogin(_) | Self::Redirect { .. } | Self::RefuseLogin { .. } | Self::Scheme(_) => {
                FaultPoint::Login
            }
            _ => FaultPoint::Statement,
        }
    }
}

#[derive(Debug)]
struct ArmedFault {
    fault: Fault,
    /// Remaining uses; `None` for unlimited.
    left: Option<usize>,
    word: String,
}

/// The armed faults of one stand-in. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Vec<ArmedFault>>>);

impl Faults {
    /// Arms a fault for one use.
    pub fn once(&self, fault: Fault) {
        self.times(1, fault);
    }

    /// Arms a fault for `count` uses.
    pub fn times(&self, count: usize, fault: Fault) {
        self.arm(ArmedFault { fault, left: Some(count), word: String::new() });
    }

    /// Arms a fault until [`Faults::clear`].
    pub fn always(&self, fault: Fault) {
        self.arm(ArmedFault { fault, left: None, word: String::new() });
    }

    /// Arms a fault for the next statement whose text contains `word`, ignoring case.
    pub fn once_for(&self, word: &str, fault: Fault) {
        self.arm(ArmedFault { fault, left: Some(1), word: word.to_lowercase() });
    }

    /// Arms a fault for all statements whose text contains `word`, ignoring case, until [`Faults::clear`].
    pub fn always_for(&self, word: &str, fault: Fault) {
        self.arm(ArmedFault { fault, left: None, word: word.to_lowercase() });
    }

    /// Disarms all faults.
    pub fn clear(&self) {
        self.with(Vec::clear);
    }

    fn arm(&self, armed: ArmedFault) {
        self.with(|all| all.push(armed));
    }

    fn with<T>(&self, change: impl FnOnce(&mut Vec<ArmedFault>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Uses the matching fault that was armed first, if there is one.
    pub(crate) fn take(&self, stage: FaultPoint, text: &str) -> Option<Fault> {
        self.with(|all| {
            let text = if all.iter().any(|armed| !armed.word.is_empty()) { text.to_lowercase() } else { String::new() };
            let matches = |armed: &ArmedFault| {
                armed.fault.stage() == stage && text.contains(&armed.word) && armed.left != Some(0)
            };
            let at = all.iter().position(matches)?;
            let fault = all[at].fault.clone();
            if let Some(left) = &mut all[at].left {
                *left -= 1;
                if *left == 0 {
                    all.remove(at);
                }
            }
            Some(fault)
        })
    }
}
