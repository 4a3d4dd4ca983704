//! With what the application proves itself to the database: where it is kept, for whom, until when, of which encryption types.
//!
//! Kerberos credentials are read from their files and not asked of GSSAPI: that tells nothing of a ticket that has expired, may wait
//! for a KDC, and hides which file was looked at. So what another store holds (the kernel's keyring, a daemon, this process's memory)
//! is named and its content is not known here. No key is ever kept: the parsers step over them.

mod cache;
mod der;
mod encryption_type;
mod keytab;
mod place;
mod reader;

use std::ffi::OsString;

use crate::connection_string::{Login, Target};

pub use cache::{Ticket, TicketCache, Tickets};
pub use encryption_type::EncryptionType;
pub use keytab::{Key, Keytab};
pub use place::{ChosenBy, Place, Unread};

/// Which kind of login the connection string asks for, without any secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginKind {
    /// The embedded store, where nobody logs in.
    Embedded,
    /// A SQL login of this name.
    Sql(String),
    /// The account that the process runs as, or its ticket.
    Integrated,
}

/// What the application proves itself with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Nothing: the embedded store asks for no proof.
    Nothing,
    /// A name and a password, from the connection string.
    Password {
        /// The name.
        user: String,
    },
    /// Files of Kerberos, on Unix.
    Kerberos(KerberosCredentials),
    /// What Windows keeps for the logon of this process: in a container with a credential spec, the gMSA's.
    WindowsLogon {
        /// The account that the process runs as, which in such a container has another name than the gMSA.
        account: String,
    },
}

/// Both places in which the Kerberos library looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KerberosCredentials {
    /// Tickets: looked at first.
    pub cache: TicketCache,
    /// The keys with which the library gets a ticket if the cache has none.
    pub client_keytab: Keytab,
}

impl LoginKind {
    /// What a parsed connection string asks for.
    pub fn of(target: &Target) -> Self {
        match target {
            Target::Embedded(_) => Self::Embedded,
            Target::SqlServer(settings) => match &settings.login {
                Login::Sql { user, .. } => Self::Sql(user.clone()),
                Login::Integrated => Self::Integrated,
            },
        }
    }
}

impl Credentials {
    /// Reads the credentials of a login as they are now. Asks no KDC; files are read on a blocking thread.
    pub async fn read(login: &LoginKind) -> Self {
        match login {
            LoginKind::Embedded => Self::Nothing,
            LoginKind::Sql(user) => Self::Password { user: user.clone() },
            LoginKind::Integrated if cfg!(windows) => Self::WindowsLogon { account: crate::store::process_account() },
            LoginKind::Integrated => Self::Kerberos(KerberosCredentials::read().await),
        }
    }
}

impl KerberosCredentials {
    /// As [`KerberosCredentials::read_by`], for the environment of this process.
    pub async fn read() -> Self {
        let read = || Self::read_by(|name| std::env::var_os(name));
        // A blocking thread is refused only while the runtime ends.
        tokio::task::spawn_blocking(read).await.unwrap_or_else(|_| read())
    }

    /// Reads both files where the variables say, or where the library looks without them. Blocks while files are read.
    pub fn read_by(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        Self {
            cache: TicketCache::read(Place::ticket_cache(&lookup)),
            client_keytab: Keytab::read(Place::client_keytab(&lookup)),
        }
    }

    /// For whom a ticket would be: the cache's principal, or else the keytab's first.
    pub fn principal(&self) -> Option<&str> {
        let cached = self.cache.content.as_ref().ok().map(|tickets| tickets.principal.as_str());
        let keys = || self.client_keytab.content.as_ref().ok();
        cached.or_else(|| keys()?.first().map(|key| key.principal.as_str()))
    }
}

#[cfg(test)]
mod tests;
