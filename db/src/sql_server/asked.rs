//! What an integrated login asks the directory for, and whether it is still waiting for the answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinError;

use super::spn::Spn;
use crate::connection_string::ServerAddress;
use crate::error::Error;
#[cfg(all(unix, feature = "kerberos"))]
use crate::kerberos::gssapi;
use crate::kerberos::{KerberosError, KerberosFault};

/// How many tickets are asked for at once. A domain controller that never answers keeps each of these threads for as long as the
/// library waits, well beyond Connect Timeout; those that tokio has for blocking work, 512, must not run out.
const AT_ONCE: usize = 16;

/// Of the process, as those threads are.
static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// A ticket, by its service and, as far as it is known, its client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) spn: String,
    pub(super) principal: Option<String>,
}

/// Leave to ask for a ticket.
pub(super) type Turn = SemaphorePermit<'static>;

/// Tells the one who waits for a login from outside what the login itself waits for.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<Mutex<Option<String>>>);

impl Progress {
    /// Gets a ticket for the service, as soon as it is this login's turn. Where the driver is the one to get it, on Windows, the
    /// turn is still to be used up.
    ///
    /// # Errors
    /// [`Error::Kerberos`].
    pub(super) async fn ask(&self, spn: &Spn) -> Result<(Asked, Option<Turn>), Error> {
        let spn = spn.to_string();
        self.set(Some(spn.clone()));
        let turn = TURNS.acquire().await.map_err(|closed| Error::Unavailable(closed.to_string()))?;
        let answer = get(spn, turn).await;
        self.set(None);
        answer
    }

    fn set(&self, asked: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = asked;
    }

    /// Why the login took longer than Connect Timeout: a domain controller that is silent, or the server.
    pub(super) fn late(&self, server: &ServerAddress, patience: Duration) -> Error {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match asked {
            Some(spn) => Error::Kerberos(Box::new(KerberosError {
                fault: KerberosFault::KdcUnreachable,
                spn,
                principal: client(),
                detail: format!("no answer within Connect Timeout, {patience:?}"),
            })),
            None => {
                Error::Unavailable(format!("{server} did not complete the login within Connect Timeout ({patience:?})"))
            }
        }
    }
}

/// Before the driver does: it would not tell what the library's codes are.
#[cfg(all(unix, feature = "kerberos"))]
async fn get(spn: String, turn: Turn) -> Result<(Asked, Option<Turn>), Error> {
    let service = spn.clone();
    let ticket = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        gssapi::ticket(&service)
    });
    match ticket.await {
        Ok(Ok(principal)) => Ok((Asked { spn, principal }, None)),
        Ok(Err(error)) => Err(Error::Kerberos(Box::new(error))),
        Err(died) => Err(interrupted(&died)),
    }
}

/// The driver gets the ticket, and its codes come in the driver's error.
#[cfg(not(all(unix, feature = "kerberos")))]
async fn get(spn: String, turn: Turn) -> Result<(Asked, Option<Turn>), Error> {
    Ok((Asked { spn, principal: None }, Some(turn)))
}

#[cfg(all(unix, feature = "kerberos"))]
fn client() -> Option<String> {
    gssapi::client()
}

#[cfg(not(all(unix, feature = "kerberos")))]
fn client() -> Option<String> {
    None
}

/// A blocking part of a login that ended without an answer.
pub(super) fn interrupted(died: &JoinError) -> Error {
    Error::Unavailable(format!("the login was interrupted: {died}"))
}
