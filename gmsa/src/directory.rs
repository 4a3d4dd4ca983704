//! Reads the directory by LDAP, with Kerberos credentials (SASL GSSAPI). Kerberos also encrypts the connection, so no
//! certificate is needed.

mod account;
mod server;
mod session;

use std::sync::mpsc;
use std::time::Duration;

use bookstore_kerberos::{KerberosError, KerberosFault};

pub(crate) use server::Server;
pub(crate) use session::{Entry, Session};

/// The longest wait for all answers of the directory together.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Why the directory gave no facts.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The URL cannot be used.
    #[error(
        "\"{}\" names no domain controller: {why}; write ldap://dc1.corp.example.com, the full name of a domain controller",
        .url.escape_debug()
    )]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The host is not a domain controller, or has another name.
    #[error(
        "the directory has no service ldap/{host}; name a domain controller by its full name: \
         `nslookup -type=SRV _ldap._tcp.dc._msdcs.<domain>` lists them ({})", .error.detail
    )]
    NotAController {
        /// The host.
        host: String,
        /// The library's error.
        error: Box<KerberosError>,
    },
    /// The library has no ticket.
    #[error(transparent)]
    Kerberos(Box<KerberosError>),
    /// The server was unreachable, refused, or closed the connection.
    #[error("{host} by LDAP, {step}: {error}")]
    Ldap {
        /// The host.
        host: String,
        /// The step that failed.
        step: &'static str,
        /// The library's message.
        error: String,
    },
    /// The server did not answer in time.
    #[error("{0} did not answer within {TIMEOUT:?}; check ports 88 and 389")]
    Silent(String),
    /// The answer lacks something that every directory has: the caller may not read it.
    #[error("{0} does not return its {1}; read it as an account of the domain")]
    Hidden(String, &'static str),
    /// No account has that name.
    #[error("{domain} has no account {account}$; `Get-ADServiceAccount -Filter *` lists the gMSAs")]
    NoSuchAccount {
        /// The domain.
        domain: String,
        /// The name.
        account: String,
    },
    /// The account with that name is not a gMSA.
    #[error("{account} is not a group managed service account but a {class}; `New-ADServiceAccount` creates a gMSA")]
    NotManaged {
        /// The account.
        account: String,
        /// Its most special object class.
        class: String,
    },
    /// The account cannot log in (known failure 26).
    #[error("the account {0} is disabled; enable it: `Enable-ADAccount '{0}'`")]
    Disabled(String),
    /// The system refuses a thread or a runtime.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}

/// Runs `work`, which asks `host`, on a thread of its own with a runtime for [`Session`]. Blocks for at most 20
/// seconds.
///
/// # Errors
/// Those of `work`; no answer in time; the system refuses a thread.
pub(crate) fn on_thread<T, E>(
    host: &str,
    work: impl FnOnce(&tokio::runtime::Runtime) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<DirectoryError> + Send + 'static,
{
    let (done, answer) = mpsc::channel();
    let work = move || {
        // On one thread, because GSSAPI may use another cache on another one.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        work(&runtime.map_err(DirectoryError::System)?)
    };
    // The thread is abandoned after the timeout: a Kerberos library that waits for its KDC cannot be stopped.
    let thread = std::thread::Builder::new().name("directory".into()).spawn(move || drop(done.send(work())));
    thread.map_err(DirectoryError::System)?;
    answer.recv_timeout(TIMEOUT).unwrap_or_else(|_| Err(DirectoryError::Silent(host.to_owned()).into()))
}

impl DirectoryError {
    /// Why there is no ticket for the LDAP service of this host.
    pub(crate) fn no_ticket(host: &str, error: KerberosError) -> Self {
        match error.fault {
            KerberosFault::UnknownService => Self::NotAController { host: host.to_owned(), error: Box::new(error) },
            _ => Self::Kerberos(Box::new(error)),
        }
    }
}
