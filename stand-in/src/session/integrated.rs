//! Integrated logins: the exchange of tokens between LOGIN7 and its reply (MS-TDS 2.2.6.8 and 2.2.7.22).

use super::admission::LoginIdentity;
use super::server_state::{KerberosDomain, ServerState};
use crate::error::SqlError;
use crate::wire::login7::Credentials;
use crate::wire::tls::Stream;
use std::io;
use std::sync::Arc;

/// The identity in a login request. A Windows account is authenticated here; if that fails, the error is 18452.
pub(super) async fn prove(
    server: &Arc<ServerState>,
    credentials: &Credentials,
    stream: &mut Box<dyn Stream>,
) -> io::Result<Result<LoginIdentity, SqlError>> {
    let account = match credentials {
        Credentials::Password { user, password } => {
            return Ok(Ok(LoginIdentity::Sql { user: user.clone(), password: password.clone() }));
        }
        Credentials::Integrated(token) => account(server.domain.as_ref(), token, stream).await?,
    };
    Ok(account.map(|account| LoginIdentity::Windows { account }).ok_or_else(untrusted))
}

#[cfg(all(unix, feature = "kerberos"))]
async fn account(
    domain: Option<&KerberosDomain>,
    token: &[u8],
    stream: &mut Box<dyn Stream>,
) -> io::Result<Option<String>> {
    let Some(domain) = domain else { return Ok(None) };
    let principal = super::gssapi::principal(token, stream).await?;
    Ok(principal.and_then(|principal| domain.account(&principal)))
}

#[cfg(not(all(unix, feature = "kerberos")))]
async fn account(
    _domain: Option<&KerberosDomain>,
    _token: &[u8],
    _stream: &mut Box<dyn Stream>,
) -> io::Result<Option<String>> {
    Ok(None)
}

fn untrusted() -> SqlError {
    let text = "Login failed. The login is from an untrusted domain and cannot be used with Integrated authentication.";
    SqlError::new(18452, 14, text)
}
