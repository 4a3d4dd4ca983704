//! Reads from the directory itself what a credential spec needs: the domain's names, SID and GUID, and whether the accounts are what
//! they are said to be.
//!
//! By LDAP as the holder of this process's Kerberos credentials (SASL GSSAPI), which also encrypts the connection: no certificate is
//! needed. An anonymous caller sees only the rootDSE, which has neither SID nor GUID.

mod ask;
mod session;

use std::net::IpAddr;
use std::sync::mpsc;
use std::time::Duration;

use super::{Domain, Draft};
use crate::kerberos::{KerberosError, KerberosFault, gssapi};

/// Longest wait for all of the directory's answers together.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why the directory did not tell.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The URL is none that can be used.
    #[error("--from-directory \"{}\": {why}; write ldap://dc1.corp.example.com, the full name of a domain controller", .url.escape_debug())]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// That host is no domain controller, or goes by another name.
    #[error(
        "the directory knows no service ldap/{host}; name a domain controller by its full name: \
         `nslookup -type=SRV _ldap._tcp.dc._msdcs.<domain>` lists them ({})", .error.detail
    )]
    NotAController {
        /// The host.
        host: String,
        /// The library's words.
        error: Box<KerberosError>,
    },
    /// There is no ticket.
    #[error(transparent)]
    Kerberos(Box<KerberosError>),
    /// The server was not reached, refused, or broke off.
    #[error("{host} by LDAP, {step}: {error}")]
    Ldap {
        /// The host.
        host: String,
        /// What was being done.
        step: &'static str,
        /// The library's words.
        error: String,
    },
    /// Nothing came back.
    #[error("{0} did not answer within {PATIENCE:?}; check ports 88 and 389")]
    Silent(String),
    /// Something that each directory has is missing in the answer: the caller may not read it.
    #[error("{0} does not say its {1}; read it as an account of the domain")]
    Hidden(String, &'static str),
    /// Nobody has that name.
    #[error("{domain} has no account {account}$; `Get-ADServiceAccount -Filter *` lists the gMSAs")]
    NoSuchAccount {
        /// The domain.
        domain: String,
        /// The name asked for.
        account: String,
    },
    /// Somebody has that name who is no gMSA.
    #[error("{account} is no group managed service account but a {class}; a gMSA is made by `New-ADServiceAccount`")]
    NotManaged {
        /// The account.
        account: String,
        /// What it is, by its most special class.
        class: String,
    },
    /// It cannot log in (gmsa-facts.md row 26).
    #[error("the account {0} is disabled; enable it: `Enable-ADAccount '{0}'`")]
    Disabled(String),
    /// A computer of no threads.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}

/// A draft with everything that the directory knows about its domain and its accounts, which are looked up there. Blocks for at most
/// 20 seconds.
///
/// # Errors
/// See [`DirectoryError`].
pub fn read(url: &str, draft: Draft) -> Result<Draft, DirectoryError> {
    let server = Server::parse(url)?;
    let (host, (done, answer)) = (server.host.clone(), mpsc::channel());
    // Left behind if it takes longer: a Kerberos library that waits for its KDC cannot be told to stop.
    std::thread::Builder::new().name("directory".into()).spawn(move || drop(done.send(fill(&server, draft))))?;
    answer.recv_timeout(PATIENCE).unwrap_or(Err(DirectoryError::Silent(host)))
}

fn fill(server: &Server, draft: Draft) -> Result<Draft, DirectoryError> {
    // By the library's own codes, before the LDAP client asks for the same ticket and has only words.
    gssapi::ticket(&format!("ldap/{}", server.host)).map_err(|error| match error.fault {
        KerberosFault::UnknownService => {
            DirectoryError::NotAController { host: server.host.clone(), error: Box::new(error) }
        }
        _ => DirectoryError::Kerberos(Box::new(error)),
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut session = session::Session::open(server).await?;
        let Domain { dns_name, forest, netbios, sid, guid } = session.domain().await?;
        let mut draft = Draft { domain: dns_name, forest: Some(forest), netbios, sid, guid, ..draft };
        draft.gmsa = session.account(&draft.domain, &draft.gmsa).await?;
        for account in &mut draft.additional {
            *account = session.account(&draft.domain, account).await?;
        }
        Ok(draft)
    })
}

/// A domain controller's address.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Server {
    host: String,
    port: u16,
}

impl Server {
    fn parse(url: &str) -> Result<Self, DirectoryError> {
        let refuse = |why| DirectoryError::Url { url: url.chars().take(64).collect(), why };
        if url.starts_with("ldaps:") {
            return Err(refuse("ldaps is not needed: Kerberos encrypts the connection"));
        }
        let rest = url.strip_prefix("ldap://").ok_or_else(|| refuse("it does not start with ldap://"))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = rest.split_once(':').unwrap_or((rest, "389"));
        if rest.parse::<IpAddr>().is_ok() || host.parse::<IpAddr>().is_ok() || rest.starts_with('[') {
            return Err(refuse("an address has no Kerberos service"));
        }
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if host.is_empty() || !host.bytes().all(is_name) {
            return Err(refuse("it has more, or less, than the name of a host and perhaps a port"));
        }
        let port = port.parse().map_err(|_| refuse("what follows the colon is no port"))?;
        Ok(Self { host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_controller_and_perhaps_a_port() {
        let parsed =
            |url| Server::parse(url).map(|Server { host, port }| (host, port)).map_err(|error| error.to_string());
        assert_eq!(parsed("ldap://dc1.corp.example.com"), Ok(("dc1.corp.example.com".into(), 389)));
        assert_eq!(parsed("ldap://dc1.corp.example.com:3268/"), Ok(("dc1.corp.example.com".into(), 3268)));
        for (url, words) in [
            ("ldaps://dc1", "Kerberos encrypts"),
            ("dc1.corp.example.com", "does not start with ldap://"),
            ("ldap://10.0.0.10", "an address"),
            ("ldap://[::1]", "an address"),
            ("ldap://", "the name of a host"),
            ("ldap://dc1/DC=corp", "the name of a host"),
            ("ldap://dc1:x", "no port"),
        ] {
            assert!(parsed(url).unwrap_err().contains(words), "{url}");
        }
    }
}
