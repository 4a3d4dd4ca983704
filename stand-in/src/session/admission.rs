//! Decides whether a login succeeds: checks the identity, the database and the user in it.

use super::server_state::ServerState;
use crate::engine::Engine;
use crate::error::SqlError;
use crate::store::{self, MASTER};
use crate::tsql::context::SessionContext;
use crate::types::temporal;
use crate::wire::login7::LoginRequest;
use std::io;
use std::sync::{Arc, PoisonError};

/// TDS 7.2, the oldest version supported.
const OLDEST_VERSION: u32 = 0x7200_0000;

/// The identity that a client logs in with.
pub(super) enum LoginIdentity {
    /// A SQL login whose password is still to be checked.
    Sql { user: String, password: String },
    /// A Windows account, like `DOMAIN\name`, authenticated by a Kerberos ticket.
    Windows { account: String },
}

/// Logs a client in and opens its database, or returns SQL Server's errors. A fault can replace the reported auth
/// scheme.
pub(super) fn enter(
    server: &ServerState,
    login: LoginRequest,
    identity: LoginIdentity,
    client_address: String,
    pretended: Option<&'static str>,
) -> Result<(Engine, String), Vec<SqlError>> {
    if login.tds_version < OLDEST_VERSION {
        return Err(vec![SqlError::new(17806, 20, "The stand-in speaks TDS 7.2 and later.")]);
    }
    let AuthenticatedLogin { login: store::ServerLogin { name, sysadmin }, scheme } = authenticate(server, identity)?;
    let wanted = if login.database.is_empty() { MASTER } else { &login.database };
    let cannot_open = || {
        let text = format!("Cannot open database \"{wanted}\" requested by the login. The login failed.");
        vec![SqlError::new(4060, 11, text), login_failed(&name)]
    };
    let database = server.store.database(wanted).map_err(internal_error)?.ok_or_else(cannot_open)?;
    let user = database.user_for_login(&name, sysadmin).map_err(|error| vec![error])?.ok_or_else(cannot_open)?;
    let context = SessionContext {
        login: name,
        sysadmin,
        user,
        database: database.name.clone(),
        host_name: login.host_name,
        app_name: login.app_name,
        client_address,
        auth_scheme: pretended.unwrap_or(scheme),
        server_name: server.name.clone(),
        utc_offset: server.utc_offset,
        session_id: server.next_session(),
        row_count: 0,
        transactions: 0,
        identity: None,
        last_error: 0,
        caught: None,
        now: temporal::now(),
    };
    let name = database.name.clone();
    let contention = *server.contention.lock().unwrap_or_else(PoisonError::into_inner);
    let engine = Engine::new(Arc::clone(&server.store), Arc::clone(&server.locks), database, context, contention);
    Ok((engine.map_err(|error| vec![error])?, name))
}

/// A login after authentication.
struct AuthenticatedLogin {
    login: store::ServerLogin,
    /// The value of CONNECTIONPROPERTY('auth_scheme').
    scheme: &'static str,
}

fn authenticate(server: &ServerState, identity: LoginIdentity) -> Result<AuthenticatedLogin, Vec<SqlError>> {
    let (name, found, scheme) = match identity {
        LoginIdentity::Sql { user, password } => {
            let login = server.store.check_login(&user, &password);
            (user, login, "SQL")
        }
        LoginIdentity::Windows { account } => {
            let login = server.store.windows_login(&account);
            (account, login, "KERBEROS")
        }
    };
    let login = found.map_err(internal_error)?.ok_or_else(|| vec![login_failed(&name)])?;
    Ok(AuthenticatedLogin { login, scheme })
}

fn login_failed(user: &str) -> SqlError {
    SqlError::new(18456, 14, format!("Login failed for user '{user}'."))
}

fn internal_error(error: io::Error) -> Vec<SqlError> {
    vec![SqlError::new(823, 24, format!("The stand-in's storage failed: {error}"))]
}
