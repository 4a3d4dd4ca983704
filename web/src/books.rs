//! The pages about books: list, one book, and the forms that make, change and delete one.

use axum::Router;

use crate::app::AppState;

pub(crate) fn router() -> Router<AppState> {
    Router::new()
}
