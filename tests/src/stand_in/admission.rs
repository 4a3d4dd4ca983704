//! Who is let in: the login behind a claim, its database, its user there.

use super::engine::{Engine, user_in};
use super::error::SqlError;
use super::facts::Facts;
use super::login::Login;
use super::server::Shared;
use super::store::{self, MASTER};
use super::temporal;
use std::io;
use std::sync::Arc;

/// TDS 7.2, the oldest version whose messages are read.
const OLDEST_VERSION: u32 = 0x7200_0000;

/// Who a client says it is.
pub(super) enum Claim {
    /// A SQL login, to be checked by its password.
    Sql { user: String, password: String },
    /// A Windows account, like `DOMAIN\name`, that a Kerberos ticket has proved.
    Windows { account: String },
}

/// Lets a client in and opens its database, or gives the errors that SQL Server would. `pretended` is a scheme by a fault.
pub(super) fn enter(
    shared: &Shared,
    login: Login,
    claim: Claim,
    client_address: String,
    pretended: Option<&'static str>,
) -> Result<(Engine, String), Vec<SqlError>> {
    if login.tds_version < OLDEST_VERSION {
        return Err(vec![SqlError::new(17806, 20, "The stand-in speaks TDS 7.2 and later.")]);
    }
    let Authenticated { login: store::Login { name, sysadmin }, scheme } = authenticate(shared, claim)?;
    let wanted = if login.database.is_empty() { MASTER } else { &login.database };
    let cannot_open = || {
        let text = format!("Cannot open database \"{wanted}\" requested by the login. The login failed.");
        vec![SqlError::new(4060, 11, text), login_failed(&name)]
    };
    let database = shared.store.database(wanted).map_err(broken)?.ok_or_else(cannot_open)?;
    let user = user_in(&database, &name, sysadmin).map_err(|error| vec![error])?.ok_or_else(cannot_open)?;
    let facts = Facts {
        login: name,
        sysadmin,
        user,
        database: database.name.clone(),
        host_name: login.host_name,
        app_name: login.app_name,
        client_address,
        auth_scheme: pretended.unwrap_or(scheme),
        server_name: shared.name.clone(),
        session_id: shared.next_session(),
        row_count: 0,
        transactions: 0,
        identity: None,
        last_error: 0,
        caught: None,
        now: temporal::now(),
    };
    let name = database.name.clone();
    let engine = Engine::new(Arc::clone(&shared.store), Arc::clone(&shared.locks), database, facts);
    Ok((engine.map_err(|error| vec![error])?, name))
}

/// A client whose claim holds.
struct Authenticated {
    login: store::Login,
    /// What CONNECTIONPROPERTY('auth_scheme') answers.
    scheme: &'static str,
}

fn authenticate(shared: &Shared, claim: Claim) -> Result<Authenticated, Vec<SqlError>> {
    let (name, found, scheme) = match claim {
        Claim::Sql { user, password } => {
            let login = shared.store.check_login(&user, &password);
            (user, login, "SQL")
        }
        Claim::Windows { account } => {
            let login = shared.store.windows_login(&account);
            (account, login, "KERBEROS")
        }
    };
    let login = found.map_err(broken)?.ok_or_else(|| vec![login_failed(&name)])?;
    Ok(Authenticated { login, scheme })
}

fn login_failed(user: &str) -> SqlError {
    SqlError::new(18456, 14, format!("Login failed for user '{user}'."))
}

fn broken(error: io::Error) -> Vec<SqlError> {
    vec![SqlError::new(823, 24, format!("The stand-in's storage failed: {error}"))]
}
