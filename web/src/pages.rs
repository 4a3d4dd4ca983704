//! Everything that people see: pages, old addresses, static files; with a page for every error among them.

use axum::Router;
use axum::middleware::map_response_with_state;

use crate::app::AppState;
use crate::{assets, books, error, home, legacy};

pub(crate) fn router(state: &AppState) -> Router<AppState> {
    home::router()
        .merge(books::router())
        .merge(legacy::router())
        .merge(assets::router())
        .layer(map_response_with_state(state.clone(), error::as_page))
}
