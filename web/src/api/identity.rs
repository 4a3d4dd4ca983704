//! The login that the shop uses, with its evidence.

mod credentials;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bookstore_db::identity::{Encryption, Identity, LoginState};
use bookstore_db::store::PoolState;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use crate::state::AppState;
use crate::view::formats::rfc3339;
use crate::view::login_warning::LoginWarning;
use credentials::CredentialsJson;

/// The login that the shop uses, as reported by the database, and its credentials.
#[utoipa::path(get, path = "/api/v1/identity", operation_id = "readIdentity", tag = "identity", responses(
    (status = 200, description = "The identity of the newest connection", body = IdentityJson),
    (status = 503, description = "The shop has not connected to its database yet", body = Problem,
        content_type = "application/problem+json"),
))]
pub(crate) async fn read(State(state): State<Arc<AppState>>) -> Result<Json<IdentityJson>, Problem> {
    let store = state.store();
    let login = store.login_state();
    let identity = login.identity.as_deref().ok_or_else(|| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The shop has not connected to its database yet.")
    })?;
    let credentials = CredentialsJson::from(store.credentials().await);
    Ok(Json(IdentityJson::new(identity, &login, credentials, store.pool())))
}

/// The login that the shop uses.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdentityJson {
    /// The login that new rows carry, SUSER_SNAME().
    login: String,
    /// The login before any impersonation, ORIGINAL_LOGIN().
    original_login: String,
    /// SQL, KERBEROS, NTLM, or EMBEDDED where nobody logs in.
    auth_scheme: String,
    /// The transport, like TCP; null for the embedded store.
    transport: Option<String>,
    /// full, loginOnly or notApplicable, as client and server negotiated it.
    encryption: &'static str,
    /// The version of TLS, as the server chose it; null for the embedded store.
    #[schema(example = "TLS 1.3")]
    tls_version: Option<String>,
    /// The cipher suite of TLS by its registered name; null for the embedded store.
    #[schema(example = "TLS_AES_256_GCM_SHA384")]
    tls_cipher: Option<String>,
    server: String,
    server_version: String,
    database: String,
    /// The shop's address, as the server sees it; null for the embedded store.
    client_address: Option<String>,
    /// The service principal name of the requested ticket, like MSSQLSvc/db.contoso.com:1433; null for a SQL login.
    spn: Option<String>,
    /// When this login was first used, in UTC.
    #[schema(example = "2026-03-05T07:08:09Z")]
    since: Option<String>,
    /// False while the database is unavailable; the fields above are then the last known ones.
    reachable: bool,
    /// Warnings: ntlm, notEncrypted, embedded, unavailable.
    warnings: Vec<&'static str>,
    credentials: CredentialsJson,
    pool: PoolJson,
}

/// The database connections.
#[derive(Debug, Serialize, ToSchema)]
struct PoolJson {
    size: u32,
    idle: u32,
    /// Requests that wait for a connection.
    waiting: u32,
    max: u32,
}

impl IdentityJson {
    fn new(identity: &Identity, login: &LoginState, credentials: CredentialsJson, pool: PoolState) -> Self {
        let warning = |mark| match mark {
            LoginWarning::Ntlm => "ntlm",
            LoginWarning::NotEncrypted => "notEncrypted",
            LoginWarning::Embedded => "embedded",
            LoginWarning::Unavailable => "unavailable",
        };
        Self {
            login: identity.login.clone(),
            original_login: identity.original_login.clone(),
            auth_scheme: identity.auth_scheme.to_string(),
            transport: identity.transport.clone(),
            encryption: match identity.encryption {
                Encryption::Full => "full",
                Encryption::LoginOnly => "loginOnly",
                Encryption::NotApplicable => "notApplicable",
            },
            tls_version: identity.tls.as_ref().map(|tls| tls.version.clone()),
            tls_cipher: identity.tls.as_ref().map(|tls| tls.cipher.clone()),
            server: identity.server.clone(),
            server_version: identity.server_version.clone(),
            database: identity.database.clone(),
            client_address: identity.client_address.clone(),
            spn: identity.spn.clone(),
            since: login.since.map(rfc3339),
            reachable: login.outage.is_none(),
            warnings: LoginWarning::of(login).into_iter().map(warning).collect(),
            credentials,
            pool: PoolJson { size: pool.size, idle: pool.idle, waiting: pool.waiting, max: pool.max },
        }
    }
}
