//! `/identity`: the login that the shop uses, with all evidence.

mod credentials;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use bookstore_db::connection_string::Warning;
use bookstore_db::store::PoolState;
use time::OffsetDateTime;

use crate::http::rendered_page::html;
use crate::state::AppState;
use crate::view::identity_facts::IdentityFacts;
use crate::view::layout::PageContext;
use crate::view::login_palette::LoginPalette;
use credentials::CredentialsView;

#[derive(Template)]
#[template(path = "identity/page.html")]
struct IdentityPage {
    context: PageContext,
    facts: IdentityFacts,
    /// The warnings about the connection string.
    warnings: Vec<String>,
    credentials: CredentialsView,
    pool: PoolState,
}

/// Shows what the newest login reported. It sends no statement and no request to a KDC.
pub(crate) async fn show(State(state): State<Arc<AppState>>, context: PageContext) -> Response {
    let store = state.store();
    let credentials = CredentialsView::of(&store.credentials().await, OffsetDateTime::now_utc());
    let login = store.login_state();
    let facts = IdentityFacts::complete(&login, &LoginPalette::of(&login));
    let warnings = store.opened_from().0.warnings.iter().map(Warning::to_string).collect();
    html(StatusCode::OK, &IdentityPage { context, facts, warnings, credentials, pool: store.pool() })
}
