//! Who the shop is to its database.

mod credentials;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use bookstore_db::identity::{Encryption, Identity, LoginState};
use bookstore_db::store::PoolState;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use super::Problem;
use crate::app::AppState;
use crate::identity::Mark;
use credentials::CredentialsJson;

/// Which login the shop uses, by the database's own word, and with what it proves itself.
#[utoipa::path(get, path = "/api/v1/identity", responses(
    (status = 200, description = "The identity of the newest connection", body = IdentityJson),
    (status = 503, description = "No connection was made yet", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn read(State(state): State<AppState>) -> Result<Json<IdentityJson>, Problem> {
    let store = state.store();
    let login = store.login_state();
    let identity = login
        .identity
        .as_deref()
        .ok_or_else(|| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The shop has not reached its database yet."))?;
    let credentials = CredentialsJson::from(store.credentials().await);
    Ok(Json(IdentityJson::new(identity, &login, credentials, store.pool())))
}

/// Who the shop is to its database.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct IdentityJson {
    /// The login under which rows are recorded, SUSER_SNAME().
    login: String,
    /// The login before any impersonation, ORIGINAL_LOGIN().
    original_login: String,
    /// SQL, KERBEROS, NTLM, or EMBEDDED where nobody logs in.
    auth_scheme: String,
    /// Like TCP; null for the embedded store.
    transport: Option<String>,
    /// full, loginOnly or notApplicable.
    encryption: &'static str,
    server: String,
    server_version: String,
    database: String,
    /// The shop's address as the server sees it; null for the embedded store.
    client_address: Option<String>,
    /// The service that a ticket was asked for, like MSSQLSvc/db.contoso.com:1433; null for a SQL login.
    spn: Option<String>,
    /// Since when it is this login, in UTC.
    #[schema(example = "2026-03-05T07:08:09Z")]
    since: Option<String>,
    /// False while the database cannot be reached; all the above is then the last that was known.
    reachable: bool,
    /// What must not be overlooked: ntlm, notEncrypted, embedded, away.
    warnings: Vec<&'static str>,
    credentials: CredentialsJson,
    pool: PoolJson,
}

/// The connections to the database.
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
            Mark::Ntlm => "ntlm",
            Mark::NotEncrypted => "notEncrypted",
            Mark::Embedded => "embedded",
            Mark::Away => "away",
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
            server: identity.server.clone(),
            server_version: identity.server_version.clone(),
            database: identity.database.clone(),
            client_address: identity.client_address.clone(),
            spn: identity.spn.clone(),
            since: login.since.map(utc),
            reachable: login.away.is_none(),
            warnings: Mark::of(login).into_iter().map(warning).collect(),
            credentials,
            pool: PoolJson { size: pool.size, idle: pool.idle, waiting: pool.waiting, max: pool.max },
        }
    }
}

/// A moment in UTC, to the second.
fn utc(at: OffsetDateTime) -> String {
    // Every year of this machine's clock has four digits.
    at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
}
