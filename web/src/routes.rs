//! Every route of the shop, and the order of the middleware around them.

use axum::Router;

use crate::app::AppState;
use crate::pages;

pub(crate) fn shop(state: AppState) -> Router {
    Router::new().merge(pages::router(&state)).with_state(state)
}
