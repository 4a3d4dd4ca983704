//! The service ticket of an integrated login: requesting it, and reporting what a slow login waits for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bookstore_kerberos::credentials::KerberosCredentials;
#[cfg(all(unix, feature = "kerberos"))]
use bookstore_kerberos::gssapi;
use bookstore_kerberos::spn::Spn;
use bookstore_kerberos::{KerberosError, KerberosFault};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::JoinError;

use crate::connection_string::ServerAddress;
use crate::error::Error;

/// Maximum of concurrent ticket requests. A domain controller that does not answer blocks one thread per request, for
/// much longer than Connect Timeout; tokio's 512 threads for blocking work must not run out.
const MAX_CONCURRENT: usize = 16;

/// One semaphore per process, as tokio's blocking threads are.
static PERMITS: Semaphore = Semaphore::const_new(MAX_CONCURRENT);

/// A requested ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TicketRequest {
    /// The service.
    pub(super) spn: String,
    /// The client, if it is known.
    pub(super) principal: Option<String>,
}

/// Permission to request a ticket.
pub(super) type TicketPermit = SemaphorePermit<'static>;

/// The SPN that a login requests a ticket for at the moment. The task that bounds the login by Connect Timeout reads
/// it.
#[derive(Clone, Debug, Default)]
pub(super) struct LoginProgress(Arc<Mutex<Option<String>>>);

impl LoginProgress {
    /// Waits for a permit, then requests the ticket. On Windows the driver requests it, and the permit is returned for
    /// that.
    ///
    /// # Errors
    /// [`Error::Kerberos`] if there is no ticket.
    pub(super) async fn request_ticket(&self, spn: &Spn) -> Result<(TicketRequest, Option<TicketPermit>), Error> {
        let spn = spn.to_string();
        self.set(Some(spn.clone()));
        let permit = PERMITS.acquire().await.map_err(|closed| Error::Unavailable(closed.to_string()))?;
        let ticket = request(spn, permit).await;
        self.set(None);
        ticket
    }

    fn set(&self, spn: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = spn;
    }

    /// Returns the error of a login that took longer than Connect Timeout: either the domain controller or the server
    /// did not answer.
    pub(super) async fn timeout_error(&self, server: &ServerAddress, limit: Duration) -> Error {
        let spn = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match spn {
            Some(spn) => Error::Kerberos(Box::new(KerberosError {
                fault: KerberosFault::KdcUnreachable,
                spn,
                principal: KerberosCredentials::read().await.principal().map(str::to_owned),
                detail: format!("no answer within Connect Timeout, {limit:?}"),
                realm: None,
            })),
            None => {
                Error::Unavailable(format!("{server} did not complete the login within Connect Timeout ({limit:?})"))
            }
        }
    }
}

/// Requests the ticket before the driver does, because the driver's error would not carry the library's status codes.
#[cfg(all(unix, feature = "kerberos"))]
async fn request(spn: String, permit: TicketPermit) -> Result<(TicketRequest, Option<TicketPermit>), Error> {
    let service = spn.clone();
    let ticket = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        gssapi::get_ticket(&service)
    });
    match ticket.await {
        Ok(Ok(principal)) => Ok((TicketRequest { spn, principal }, None)),
        Ok(Err(error)) => Err(Error::Kerberos(Box::new(error))),
        Err(error) => Err(interrupted(error)),
    }
}

/// Leaves the request to the driver, whose error carries the status codes.
#[cfg(not(all(unix, feature = "kerberos")))]
async fn request(spn: String, permit: TicketPermit) -> Result<(TicketRequest, Option<TicketPermit>), Error> {
    Ok((TicketRequest { spn, principal: None }, Some(permit)))
}

/// Converts the error of a blocking task of a login that ended without a result: by a panic, which no server caused, or
/// with the process.
pub(super) fn interrupted(error: JoinError) -> Error {
    match error.try_into_panic() {
        Ok(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panic");
            Error::LoginPanicked(text.to_owned())
        }
        Err(error) => Error::Unavailable(format!("the login was interrupted: {error}")),
    }
}
