//! The pages about books: list, one book, and the forms that make, change and delete one.

mod browse;
mod conflict;
mod create;
mod delete;
mod edit;
mod extract;
mod form;
mod notice;
mod pager;
mod query;
mod show;
#[cfg(test)]
mod tests;
mod view;

use axum::Router;
use axum::routing::get;

use crate::app::AppState;

pub(crate) use notice::Saved;
pub(crate) use query::ListQuery;
pub(crate) use view::{BookView, day, grouped};

pub(crate) fn shared() -> Router<AppState> {
    Router::new().route("/books", get(browse::list)).route("/books/{id}", get(show::book))
}

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/books/new", get(create::form).post(create::submit))
        .route("/books/{id}/edit", get(edit::form).post(edit::submit))
        .route("/books/{id}/delete", get(delete::confirm).post(delete::submit))
}
