//! Everything that people see: pages, old addresses, static files.

use axum::Router;

use crate::app::AppState;
use crate::{assets, books, compare, home, identity, legacy};

/// Those that all who ask for them at once share.
pub(crate) fn shared() -> Router<AppState> {
    home::router().merge(books::shared()).merge(compare::shared())
}

/// Those that are made for one.
pub(crate) fn router() -> Router<AppState> {
    books::router().merge(compare::router()).merge(identity::router()).merge(legacy::router()).merge(assets::router())
}
