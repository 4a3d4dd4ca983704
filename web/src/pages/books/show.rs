//! The page of one book.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use bookstore_db::book::Book;
use bookstore_db::identity::LoginState;
use bookstore_db::store::Store;

use super::notice::SavedNotice;
use super::path_id::PathId;
use super::query::ListQuery;
use super::view::{BookStyle, BookView};
use crate::http::error::HandlerError;
use crate::http::page_cache::PageOrRedirect;
use crate::http::rendered_page::{RenderedPage, RequestConditions};
use crate::state::AppState;
use crate::view::currency::Currency;
use crate::view::layout::{PageContext, Section};
use crate::view::login_palette::LoginPalette;

#[derive(Template)]
#[template(path = "books/show.html")]
struct ShowPage {
    context: PageContext,
    notice: Option<SavedNotice>,
    view: BookView,
    /// The list that the person came from.
    list: ListQuery,
    same_creator: String,
}

pub(crate) async fn show(
    State(state): State<Arc<AppState>>,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
    conditions: RequestConditions,
) -> Result<Response, HandlerError> {
    let query = query.unwrap_or_default();
    let (notice, list) = (SavedNotice::parse(&query), ListQuery::of_link(&query));
    let address = SavedNotice::append_to(notice.as_ref(), list.link(&format!("/books/{id}")));
    let read = move |store: Arc<Store>| async move { store.get(id).await };
    let currency = state.currency.clone();
    let render = move |book: &Book, login: &LoginState| render(book, login, notice, list, currency);
    Ok(state.pages.get(state.store(), address, read, render).await?.respond(&conditions))
}

fn render(
    book: &Book,
    login: &LoginState,
    notice: Option<SavedNotice>,
    list: ListQuery,
    currency: Currency,
) -> Result<PageOrRedirect, HandlerError> {
    let same_creator = ListQuery::by_creator(&book.created_by).href();
    let context = PageContext::new(login, Section::Books);
    let style = BookStyle { palette: LoginPalette::of(login), currency };
    let view = BookView::with_full_cover(book.clone(), &style);
    Ok(RenderedPage::html(&ShowPage { context, notice, view, list, same_creator })?.into())
}
