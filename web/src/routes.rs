//! Every route of the shop, and the order of the middleware around them.

use axum::Router;

use crate::app::AppState;
use crate::books;

pub(crate) fn shop(state: AppState) -> Router {
    Router::new().merge(books::router()).with_state(state)
}
