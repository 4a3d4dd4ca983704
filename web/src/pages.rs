//! Everything that people see: pages, old addresses, static files.

use axum::Router;

use crate::app::AppState;
use crate::{assets, books, home, legacy};

/// Those that all who ask for them at once share.
pub(crate) fn shared() -> Router<AppState> {
    home::router().merge(books::shared())
}

/// Those that are made for one.
pub(crate) fn router() -> Router<AppState> {
    books::router().merge(legacy::router()).merge(assets::router())
}
