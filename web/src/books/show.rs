//! One book.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use bookstore_db::book::Book;
use bookstore_db::identity::LoginState;
use bookstore_db::store::Store;

use super::extract::PathId;
use super::notice::Saved;
use super::query::ListQuery;
use super::view::BookView;
use crate::app::AppState;
use crate::error::Failure;
use crate::layout::{Frame, Section};
use crate::shared::{Address, Asked, Page};

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
    PathId(id): PathId,
    RawQuery(query): RawQuery,
    asked: Asked,
) -> Result<Response, Failure> {
    let saved = Saved::parse(&query.unwrap_or_default());
    let address = Address::Book(id, saved);
    let read = move |store: Arc<Store>| async move { store.get(id).await };
    let draw = move |book: &Book, login: &LoginState| draw(book, login, saved);
    Ok(state.pages.books.get(state.store(), address, read, draw).await?.answer(&asked))
}

fn draw(book: &Book, login: &LoginState, saved: Option<Saved>) -> Result<Page, Failure> {
    let same_creator = ListQuery::by_creator(&book.created_by).href();
    let frame = Frame::known(login, Section::Books);
    Page::render(&ShowPage { frame, saved, same_creator, view: BookView::full(book.clone()) })
}
