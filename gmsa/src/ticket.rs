//! Tickets for a gMSA on Linux. On Windows the system reads the gMSA's password; on Linux nothing does, unless
//! aws/credentials-fetcher runs beside the container.
//!
//! A member of the gMSA's readers logs in with its keytab, reads the password by LDAP, and logs in with it. The
//! password is in this process's memory only.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use bookstore_kerberos::credentials::{CredentialReadError, keytab_account, read_cache};
use bookstore_kerberos::{KerberosError, gssapi, login};
use time::OffsetDateTime;

use crate::directory::{DirectoryError, Server, Session, on_thread};
use crate::managed_password::ManagedPassword;

/// The member's own tickets. Each request replaces them, because group membership is in the ticket.
const MEMBER_CACHE: &str = "MEMORY:bookstore-gmsa-ticket";

/// Which gMSA, read by whom, and where its ticket goes.
#[derive(Clone, Debug)]
pub struct TicketRequest {
    /// A domain controller, like `ldap://dc1.corp.example.com`.
    pub directory: String,
    /// The gMSA's sAMAccountName, with or without `$`.
    pub gmsa: String,
    /// The keytab of an account that may read the gMSA's password.
    pub keytab: PathBuf,
    /// That account; by default the keytab's.
    pub member: Option<String>,
    /// The ticket cache, a file that is replaced atomically.
    pub cache: PathBuf,
    /// The longest lifetime of the ticket; by default as long as the domain allows.
    pub lifetime: Option<Duration>,
}

/// A ticket in its cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedTicket {
    /// The gMSA's principal.
    pub principal: String,
    /// When the ticket ends.
    pub ends: OffsetDateTime,
    /// After this time the password may be another one.
    pub password_valid_for: Duration,
}

/// Why there is no ticket. The former one stays in its cache.
#[derive(Debug, thiserror::Error)]
pub enum TicketError {
    /// The keytab cannot be read.
    #[error("keytab {}: {error}", .path.display())]
    Keytab {
        /// The file.
        path: PathBuf,
        /// Why.
        error: CredentialReadError,
    },
    /// The directory refuses the member or the gMSA, or no domain controller answers.
    #[error(transparent)]
    Login(#[from] Box<KerberosError>),
    /// The directory cannot be read.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The directory does not give the password to this member (known failure 9).
    #[error(
        "{member} may not read the password of {gmsa}$; add it to a group in PrincipalsAllowedToRetrieveManagedPassword \
         of {gmsa}$"
    )]
    NotAllowed {
        /// The member.
        member: String,
        /// The gMSA.
        gmsa: String,
    },
    /// The password is in a format that this program does not know.
    #[error("the directory returned the password of {0}$ in an unknown format")]
    UnknownFormat(String),
    /// The cache's file cannot be replaced.
    #[error("ticket cache {}: {error}", .path.display())]
    Cache {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The cache cannot be read.
    #[error("ticket cache {}: {error}", .path.display())]
    UnreadableCache {
        /// The file.
        path: PathBuf,
        /// Why.
        error: CredentialReadError,
    },
}

/// Gets a ticket. Blocks for at most 20 seconds.
///
/// # Errors
/// See [`TicketError`].
pub fn get(request: TicketRequest) -> Result<IssuedTicket, TicketError> {
    let server = Server::parse(&request.directory)?;
    on_thread(&server.host.clone(), move |runtime| {
        let keytab = format!("FILE:{}", request.keytab.display());
        let member = request.member.clone().map_or_else(|| keytab_account(&keytab), Ok);
        let member = member.map_err(|error| TicketError::Keytab { path: request.keytab.clone(), error })?;
        login::by_keytab(&member, &keytab, MEMBER_CACHE).map_err(Box::new)?;
        login::use_cache_on_this_thread(MEMBER_CACHE).map_err(Box::new)?;
        gssapi::get_ticket_as(Some(member.clone()), format!("ldap/{}", server.host))
            .map_err(|error| DirectoryError::no_ticket(&server.host, error))?;
        let (gmsa, password) = runtime.block_on(read_password(&server, &member, &request.gmsa))?;
        let realm = member.rsplit_once('@').map_or_else(String::new, |(_, realm)| format!("@{realm}"));
        log_in(&format!("{gmsa}${realm}"), &password, &request)
    })
}

/// The time at which the ticket in this cache ends.
///
/// # Errors
/// The file is not a ticket cache.
pub fn end_of_ticket(cache: &Path) -> Result<OffsetDateTime, TicketError> {
    let unreadable = |error| TicketError::UnreadableCache { path: cache.to_owned(), error };
    let content = read_cache(&format!("FILE:{}", cache.display())).map_err(unreadable)?;
    content.ticket_granting_ticket().map(|ticket| ticket.ends).ok_or_else(|| unreadable(CredentialReadError::Missing))
}

async fn read_password(server: &Server, member: &str, gmsa: &str) -> Result<(String, ManagedPassword), TicketError> {
    let mut session = Session::open(server).await?;
    let gmsa = session.account(&server.host, gmsa).await?;
    match session.managed_password(&gmsa).await?.map(zeroize::Zeroizing::new) {
        None => Err(TicketError::NotAllowed { member: member.to_owned(), gmsa }),
        Some(blob) => match ManagedPassword::parse(&blob) {
            Some(password) => Ok((gmsa, password)),
            None => Err(TicketError::UnknownFormat(gmsa)),
        },
    }
}

fn log_in(principal: &str, password: &ManagedPassword, request: &TicketRequest) -> Result<IssuedTicket, TicketError> {
    let part = with_suffix(&request.cache, ".part");
    let cache = format!("FILE:{}", part.display());
    login::by_password(principal, &password.text, &cache, request.lifetime).map_err(Box::new)?;
    let ends = end_of_ticket(&part)?;
    // Readers see the former tickets or the new ones.
    let replaced = fs::rename(&part, &request.cache);
    replaced.map_err(|error| TicketError::Cache { path: request.cache.clone(), error })?;
    Ok(IssuedTicket { principal: principal.to_owned(), ends, password_valid_for: password.valid_for })
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
