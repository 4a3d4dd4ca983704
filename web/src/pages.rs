//! Everything that people see: pages, old addresses, static files.

use axum::Router;

use crate::app::AppState;
use crate::{assets, books, home, legacy};

pub(crate) fn router() -> Router<AppState> {
    home::router().merge(books::router()).merge(legacy::router()).merge(assets::router())
}
