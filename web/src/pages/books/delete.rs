//! Deleting a book, after confirmation.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bookstore_db::book::{Book, BookId, Field};
use bookstore_db::draft::BookInput;
use bookstore_db::error::Error;

use super::field_comparison::{FieldComparison, compare_fields};
use super::form::{Alert, BookForm, input_fields};
use super::notice::SavedNotice;
use super::path_id::PathId;
use super::query::ListQuery;
use super::view::{BookStyle, BookView};
use crate::http::error::HandlerError;
use crate::http::rendered_page::html;
use crate::state::AppState;
use crate::view::layout::PageContext;
use crate::view::login_palette::LoginPalette;

/// The page that asks for confirmation. Its form contains the book as the person sees it, so that a conflict shows what
/// has changed.
#[derive(Template)]
#[template(path = "books/delete.html")]
struct DeletePage {
    context: PageContext,
    alert: Option<Alert>,
    id: BookId,
    /// The list that the person came from.
    list: ListQuery,
    version: i32,
    /// The name and value of each field that the person sees.
    fields: Vec<(String, String)>,
    title: String,
    author: String,
    view: Option<BookView>,
    changes: Vec<FieldComparison>,
}

impl DeletePage {
    fn new(state: &AppState, context: PageContext, list: ListQuery, book: Book) -> Self {
        let palette = LoginPalette::of(&state.store().login_state());
        let style = BookStyle { palette, currency: state.currency.clone() };
        Self {
            context,
            alert: None,
            id: book.id,
            list,
            version: book.version,
            fields: input_fields(&BookInput::from(&book)),
            title: book.title.clone(),
            author: book.author(),
            view: Some(BookView::with_full_cover(book, &style)),
            changes: Vec::new(),
        }
    }
}

pub(crate) async fn form(
    State(state): State<Arc<AppState>>,
    context: PageContext,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
) -> Result<Response, HandlerError> {
    let book = state.store().get(id).await?;
    let list = ListQuery::of_link(&query.unwrap_or_default());
    Ok(html(StatusCode::OK, &DeletePage::new(&state, context, list, book)))
}

pub(crate) async fn submit(
    State(state): State<Arc<AppState>>,
    context: PageContext,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
    form: BookForm,
) -> Response {
    let list = ListQuery::of_link(&query.unwrap_or_default());
    let to_list = |notice| Redirect::to(&SavedNotice::append_to(Some(&notice), list.href())).into_response();
    match state.store().delete(id, form.version()).await {
        Ok(()) => to_list(SavedNotice::deleted(&form.input())),
        // The result is the wanted one. A form that is sent twice, say by a double click, gets here.
        Err(Error::NotFound(_)) => to_list(SavedNotice::AlreadyDeleted),
        Err(Error::Conflict(theirs)) => changed_meanwhile(&state, context, list, &form.input(), *theirs),
        Err(error) => store_failed(context, id, list, &form, error.into()),
    }
}

fn changed_meanwhile(
    state: &AppState,
    context: PageContext,
    list: ListQuery,
    seen: &BookInput,
    theirs: Book,
) -> Response {
    let changes = compare_fields(seen, &BookInput::from(&theirs));
    let alert = Alert {
        title: "Another person changed this book".to_owned(),
        text: "It was not deleted. Check the changes below, then decide again.".to_owned(),
        link: None,
    };
    let page = DeletePage { alert: Some(alert), changes, ..DeletePage::new(state, context, list, theirs) };
    html(StatusCode::CONFLICT, &page)
}

/// The database did not delete it: the same page again, from the entries of the form.
fn store_failed(context: PageContext, id: BookId, list: ListQuery, form: &BookForm, error: HandlerError) -> Response {
    let input = form.input();
    let text = error.text();
    let page = DeletePage {
        context,
        alert: Some(Alert {
            title: text.title.to_owned(),
            text: text.message.to_owned(),
            link: Some(("/identity".to_owned(), "The application’s login, with all evidence".to_owned())),
        }),
        id,
        list,
        version: form.version(),
        fields: input_fields(&input),
        author: format!("{} {}", input[Field::AuthorFirstName], input[Field::AuthorLastName]).trim().to_owned(),
        title: match input[Field::Title].as_str() {
            "" => format!("book {id}"),
            title => title.to_owned(),
        },
        view: None,
        changes: Vec::new(),
    };
    error.with_cause(html(error.status(), &page))
}
