//! Integrated logins: the exchange of tokens between LOGIN7 and its answer (MS-TDS 2.2.6.8 and 2.2.7.22).

use super::admission::Claim;
use super::error::SqlError;
use super::handshake::Stream;
use super::login::Credentials;
use super::server::Shared;
use std::io;
use std::sync::Arc;

#[cfg(all(unix, feature = "kerberos"))]
mod exchange;

/// A Kerberos realm and its domain's NetBIOS name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Domain {
    pub(super) realm: String,
    pub(super) netbios: String,
}

/// What the client claims to be, a Windows account being proved already; or 18452, when it could not be.
pub(super) async fn prove(
    shared: &Arc<Shared>,
    credentials: &Credentials,
    stream: &mut Box<dyn Stream>,
) -> io::Result<Result<Claim, SqlError>> {
    let account = match credentials {
        Credentials::Password { user, password } => {
            return Ok(Ok(Claim::Sql { user: user.clone(), password: password.clone() }));
        }
        Credentials::Integrated(token) => account(shared.domain.as_ref(), token, stream).await?,
    };
    Ok(account.map(|account| Claim::Windows { account }).ok_or_else(untrusted))
}

#[cfg(all(unix, feature = "kerberos"))]
async fn account(domain: Option<&Domain>, token: &[u8], stream: &mut Box<dyn Stream>) -> io::Result<Option<String>> {
    let Some(domain) = domain else { return Ok(None) };
    let principal = exchange::principal(token, stream).await?;
    Ok(principal.and_then(|principal| domain.account(&principal)))
}

#[cfg(not(all(unix, feature = "kerberos")))]
async fn account(_domain: Option<&Domain>, _token: &[u8], _stream: &mut Box<dyn Stream>) -> io::Result<Option<String>> {
    Ok(None)
}

fn untrusted() -> SqlError {
    let text = "Login failed. The login is from an untrusted domain and cannot be used with Integrated authentication.";
    SqlError::new(18452, 14, text)
}

#[cfg(all(unix, feature = "kerberos"))]
impl Domain {
    /// The Windows account of a principal; none for one of another realm.
    fn account(&self, principal: &str) -> Option<String> {
        let (name, realm) = principal.rsplit_once('@')?;
        (realm == self.realm).then(|| format!("{}\\{name}", self.netbios))
    }
}
