//! One book.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::extract::PathId;
use super::notice::Saved;
use super::query::ListQuery;
use super::view::BookView;
use crate::app::AppState;
use crate::error::Failure;
use crate::layout::{Frame, html};

#[derive(Template)]
#[template(path = "books/show.html")]
struct ShowPage {
    frame: Frame,
    saved: Option<Saved>,
    view: BookView,
    same_creator: String,
}

pub(super) async fn book(
    State(state): State<AppState>,
    frame: Frame,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let book = state.store().get(id).await?;
    let same_creator = ListQuery::by_creator(&book.created_by).href();
    let saved = Saved::parse(&query.unwrap_or_default());
    Ok(html(StatusCode::OK, &ShowPage { frame, saved, same_creator, view: BookView::full(book) }))
}
