//! Where this process keeps its Kerberos credentials, whose they are, until when and of which encryption types.
//!
//! The Kerberos library reads them (`reader`), so they are those that a login uses, whatever the configuration includes
//! and wherever the cache is: a file, a folder, the kernel's keyring, a daemon. GSSAPI would not do: it does not report
//! an expired ticket and may wait for a KDC. No key is kept.

mod cache;
mod encryption_type;
mod keytab;
mod location;
#[cfg(all(unix, feature = "kerberos"))]
mod reader;

use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::Semaphore;

pub use cache::{CacheContent, Ticket, TicketCache};
pub use encryption_type::EncryptionType;
pub use keytab::{Keytab, KeytabEntry};
pub use location::{CredentialLocation, CredentialReadError, LocationSource};

/// The longest wait for the library. A cache may be at a daemon, the configuration on a network's file system.
const READ_LIMIT: Duration = Duration::from_secs(2);
/// Most threads that read at once: those that hang are not joined by more.
static READERS: Semaphore = Semaphore::const_new(4);

/// The variable that names the ticket cache.
const CACHE_VARIABLE: &str = "KRB5CCNAME";
/// The variable that names the client keytab.
const KEYTAB_VARIABLE: &str = "KRB5_CLIENT_KTNAME";

/// The two stores that the Kerberos library reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KerberosCredentials {
    /// Tickets; used first.
    pub cache: TicketCache,
    /// Keys that get a ticket if the cache has none.
    pub client_keytab: Keytab,
}

impl KerberosCredentials {
    /// Reads both stores on a blocking thread, for at most 2 s. Contacts no KDC.
    pub async fn read() -> Self {
        let read = tokio::time::timeout(READ_LIMIT, async {
            let permit = READERS.acquire().await;
            let read = tokio::task::spawn_blocking(move || {
                let _permit = permit;
                Self::read_blocking()
            });
            read.await.ok()
        });
        read.await.ok().flatten().unwrap_or_else(|| Self::unread(&CredentialReadError::NoAnswer))
    }

    /// Reads both stores.
    #[cfg(all(unix, feature = "kerberos"))]
    pub(crate) fn read_blocking() -> Self {
        reader::read()
    }

    #[cfg(not(all(unix, feature = "kerberos")))]
    fn read_blocking() -> Self {
        Self::unread(&CredentialReadError::NoLibrary)
    }

    /// What is known without the library: what the environment names.
    fn unread(error: &CredentialReadError) -> Self {
        let of = |variable| CredentialLocation::of_variable(variable).unwrap_or_else(CredentialLocation::unknown);
        Self {
            cache: TicketCache { location: of(CACHE_VARIABLE), content: Err(error.clone()) },
            client_keytab: Keytab { location: of(KEYTAB_VARIABLE), content: Err(error.clone()) },
        }
    }

    /// The client: the cache's principal, or else the keytab's first.
    pub fn principal(&self) -> Option<&str> {
        let cached = self.cache.content.as_ref().ok().map(|content| content.principal.as_str());
        let entries = || self.client_keytab.content.as_ref().ok();
        cached.or_else(|| entries()?.first().map(|entry| entry.principal.as_str()))
    }

    /// Until when the cache's tickets are enough for a login: the end of the ticket-granting ticket, or of the last
    /// other ticket of a cache without one.
    pub fn tickets_end(&self) -> Option<OffsetDateTime> {
        let content = self.cache.content.as_ref().ok()?;
        let granting = content.ticket_granting_ticket().map(|ticket| ticket.ends);
        granting.or_else(|| content.tickets.iter().map(|ticket| ticket.ends).max())
    }

    /// When the newest key of the client keytab was added. A key has no end of its own: it works until the account gets
    /// another password.
    pub fn newest_key_added(&self) -> Option<OffsetDateTime> {
        self.client_keytab.content.as_ref().ok()?.iter().map(|key| key.added).max()
    }
}

/// The operating system account of this process: `DOMAIN\user` on Windows, `user` elsewhere, `unknown` if the system
/// does not report it.
pub fn process_account() -> String {
    let user = whoami::username().unwrap_or_else(|_| "unknown".to_owned());
    // Windows sets USERDOMAIN for every logon; elsewhere an account has no domain.
    match std::env::var("USERDOMAIN") {
        Ok(domain) if cfg!(windows) => format!("{domain}\\{user}"),
        _ => user,
    }
}

/// Reads the ticket cache of this name.
///
/// # Errors
/// It cannot be read.
#[cfg(all(unix, feature = "kerberos"))]
pub fn read_cache(name: &str) -> Result<CacheContent, CredentialReadError> {
    reader::read_cache(&reader::open()?, name)
}

/// The account of the keytab of this name: the first computer or gMSA, whose name ends in `$`, or else the first entry.
///
/// # Errors
/// It cannot be read or is empty.
#[cfg(all(unix, feature = "kerberos"))]
pub fn keytab_account(name: &str) -> Result<String, CredentialReadError> {
    let mut principals: Vec<_> =
        reader::read_keytab(&reader::open()?, name)?.into_iter().map(|entry| entry.principal).collect();
    principals.sort_by_key(|principal| !principal.contains("$@"));
    principals.into_iter().next().ok_or(CredentialReadError::Malformed)
}

#[cfg(test)]
#[cfg(all(unix, feature = "kerberos"))]
mod tests;
