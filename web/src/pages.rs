//! Everything that people see: pages, old addresses, static files.

use axum::Router;

use crate::app::AppState;
use crate::{assets, books, compare, home, identity, legacy};

pub(crate) fn router() -> Router<AppState> {
    home::router()
        .merge(books::router())
        .merge(compare::router())
        .merge(identity::router())
        .merge(legacy::router())
        .merge(assets::router())
}
