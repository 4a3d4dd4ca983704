//! Faults on demand: what shall go wrong next, changed while the server runs.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::gate::Gate;

/// The longest delay that a fault makes.
pub const MAX_DELAY: Duration = Duration::from_secs(60);

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongCertificate {
    /// Signed by an authority that the client does not trust.
    OtherAuthority,
    /// Made for another host.
    OtherName,
    /// Expired in 2021.
    Expired,
}

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A new connection is reset as soon as it is there.
    RefuseConnection,
    /// A new connection gets this certificate.
    Certificate(WrongCertificate),
    /// A login is answered this much later, [`MAX_DELAY`] at most.
    DelayLogin(Duration),
    /// A login is refused with this error.
    RefuseLogin {
        /// SQL Server's number.
        number: i32,
        /// The state that it tells clients.
        state: u8,
        /// The text of the error.
        text: String,
    },
    /// A login is let in as one of this scheme: NTLM, which the stand-in does not speak.
    Scheme(&'static str),
    /// A login is sent on to another server.
    Redirect {
        /// The other server's name or address.
        host: String,
        /// Its port.
        port: u16,
    },
    /// A statement is run this much later, [`MAX_DELAY`] at most.
    DelayReply(Duration),
    /// A statement is run at once, and its reply held back at the gate.
    HoldReply(Gate),
    /// A statement is run at once, and its reply comes byte by byte, with this pause after each, [`MAX_DELAY`] at most.
    TrickleReply(Duration),
    /// The connection closes after this many bytes of a statement's reply.
    CloseAfterBytes(usize),
    /// A statement is not run; the answer is this error.
    Error {
        /// SQL Server's number; 20 and above in its class would end a connection, which this does not.
        number: i32,
        /// The text of the error.
        text: String,
    },
    /// A statement is run; the answer is this error all the same.
    ErrorAfterRunning {
        /// SQL Server's number.
        number: i32,
        /// The text of the error.
        text: String,
    },
    /// A statement is run, and the connection closes without an answer.
    CloseAfterRunning,
    /// A statement is neither run nor answered, until the client hangs up.
    NeverAnswer,
}

/// Where a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Connection,
    Handshake,
    Login,
    Statement,
}

impl Fault {
    fn stage(&self) -> Stage {
        match self {
            Self::RefuseConnection => Stage::Connection,
            Self::Certificate(_) => Stage::Handshake,
            Self::DelayLogin(_) | Self::Redirect { .. } | Self::RefuseLogin { .. } | Self::Scheme(_) => Stage::Login,
            _ => Stage::Statement,
        }
    }
}

#[derive(Debug)]
struct Armed {
    fault: Fault,
    /// `None` for always.
    left: Option<usize>,
    word: String,
}

/// The faults of one server. Clones change the same faults.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Vec<Armed>>>);

impl Faults {
    /// Arms a fault for the next occasion.
    pub fn once(&self, fault: Fault) {
        self.times(1, fault);
    }

    /// Arms a fault for the next `count` occasions.
    pub fn times(&self, count: usize, fault: Fault) {
        self.arm(Armed { fault, left: Some(count), word: String::new() });
    }

    /// Arms a fault until [`Faults::clear`].
    pub fn always(&self, fault: Fault) {
        self.arm(Armed { fault, left: None, word: String::new() });
    }

    /// Arms a fault for the next statement whose text contains `word`, in any case.
    pub fn once_for(&self, word: &str, fault: Fault) {
        self.arm(Armed { fault, left: Some(1), word: word.to_lowercase() });
    }

    /// Arms a fault for all statements whose text contains `word`, until [`Faults::clear`].
    pub fn always_for(&self, word: &str, fault: Fault) {
        self.arm(Armed { fault, left: None, word: word.to_lowercase() });
    }

    /// Disarms everything.
    pub fn clear(&self) {
        self.with(Vec::clear);
    }

    fn arm(&self, armed: Armed) {
        self.with(|all| all.push(armed));
    }

    fn with<T>(&self, change: impl FnOnce(&mut Vec<Armed>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The fault that strikes now, the one armed first; it is used up once more.
    pub(crate) fn strike(&self, stage: Stage, text: &str) -> Option<Fault> {
        self.with(|all| {
            let text = if all.iter().any(|armed| !armed.word.is_empty()) { text.to_lowercase() } else { String::new() };
            let fits =
                |armed: &Armed| armed.fault.stage() == stage && text.contains(&armed.word) && armed.left != Some(0);
            let at = all.iter().position(fits)?;
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
