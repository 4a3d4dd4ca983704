//! What an integrated login asks the directory for, and whether it is still waiting for the answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::spn::Spn;
use crate::connection_string::ServerAddress;
use crate::error::Error;
#[cfg(all(unix, feature = "kerberos"))]
use crate::kerberos::gssapi;
use crate::kerberos::{KerberosError, KerberosFault};

/// A ticket, by its service and, as far as it is known, its client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) spn: String,
    pub(super) principal: Option<String>,
}

/// Tells the one who waits for a login from outside what the login itself waits for.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress(Arc<Mutex<Option<Asked>>>);

impl Progress {
    /// Gets a ticket for the service, where that is not the driver's to do alone; blocks meanwhile.
    ///
    /// # Errors
    /// [`Error::Kerberos`].
    #[cfg(all(unix, feature = "kerberos"))]
    pub(super) fn ask(&self, spn: &Spn) -> Result<Asked, Error> {
        let (spn, principal) = (spn.to_string(), gssapi::client());
        self.set(Some(Asked { spn: spn.clone(), principal }));
        let ticket = gssapi::ticket(&spn);
        self.set(None);
        match ticket {
            Ok(principal) => Ok(Asked { spn, principal }),
            Err(error) => Err(Error::Kerberos(Box::new(error))),
        }
    }

    /// On Windows the driver gets the ticket and its codes.
    #[cfg(not(all(unix, feature = "kerberos")))]
    pub(super) fn ask(&self, spn: &Spn) -> Result<Asked, Error> {
        Ok(Asked { spn: spn.to_string(), principal: None })
    }

    #[cfg(all(unix, feature = "kerberos"))]
    fn set(&self, asked: Option<Asked>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = asked;
    }

    /// Why the login took longer than Connect Timeout: a domain controller that is silent, or the server.
    pub(super) fn late(&self, server: &ServerAddress, patience: Duration) -> Error {
        let asked = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match asked {
            Some(Asked { spn, principal }) => Error::Kerberos(Box::new(KerberosError {
                fault: KerberosFault::KdcUnreachable,
                spn,
                principal,
                detail: format!("no answer within Connect Timeout, {patience:?}"),
            })),
            None => {
                Error::Unavailable(format!("{server} did not complete the login within Connect Timeout ({patience:?})"))
            }
        }
    }
}
