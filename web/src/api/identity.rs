//! Who the shop is to its database.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use super::Problem;
use super::representation::IdentityJson;
use crate::app::AppState;

/// Which login the shop uses, by the database's own word.
#[utoipa::path(get, path = "/api/v1/identity", responses(
    (status = 200, description = "The identity of the newest connection", body = IdentityJson),
    (status = 503, description = "No connection was made yet", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn read(State(state): State<AppState>) -> Result<Json<IdentityJson>, Problem> {
    let identity = state
        .store()
        .identity()
        .ok_or_else(|| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The shop has not reached its database yet."))?;
    Ok(Json(IdentityJson::from(&*identity)))
}
