//! Who the application is to the database: one line on every page, the facts on the front page, all the evidence on `/identity`.

mod credentials;
mod facts;
mod line;
mod moment;
#[cfg(test)]
mod tests;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use bookstore_db::store::PoolState;
use time::OffsetDateTime;

use crate::app::AppState;
use crate::layout::{Frame, html};
use credentials::CredentialsView;

pub(crate) use facts::{IdentityFacts, Mark};
pub(crate) use line::IdentityLine;

pub(crate) fn router() -> Router<AppState> {
    Router::new().route("/identity", get(page))
}

#[derive(Template)]
#[template(path = "identity/page.html")]
struct IdentityPage {
    frame: Frame,
    facts: IdentityFacts,
    credentials: CredentialsView,
    pool: PoolState,
}

/// Asks the database nothing: it shows what the newest login was told. Reading the credentials' files asks no KDC.
async fn page(State(state): State<AppState>, frame: Frame) -> Response {
    let store = state.store();
    let credentials = CredentialsView::of(&store.credentials().await, OffsetDateTime::now_utc());
    let page = IdentityPage { frame, facts: IdentityFacts::of(&store.login_state()), credentials, pool: store.pool() };
    html(StatusCode::OK, &page)
}
