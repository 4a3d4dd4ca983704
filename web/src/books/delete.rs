//! Deleting a book, after asking.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bookstore_db::book::{Book, BookId};
use bookstore_db::draft::BookInput;
use bookstore_db::error::Error;

use super::conflict::{Difference, compare};
use super::extract::{Fields, PathId};
use super::form::{Alert, BookForm, FIELDS, input_of, value};
use super::notice::Saved;
use super::view::BookView;
use crate::app::AppState;
use crate::error::Failure;
use crate::layout::{Frame, html};

/// The page that asks. Its form carries the book as the person sees it, so that a conflict can show what changed since.
#[derive(Template)]
#[template(path = "books/delete.html")]
struct DeletePage {
    frame: Frame,
    alert: Option<Alert>,
    id: BookId,
    version: i32,
    /// What the person sees of the book: name and value of each field.
    seen: Vec<(String, String)>,
    title: String,
    author: String,
    view: Option<BookView>,
    changes: Vec<Difference>,
}

impl DeletePage {
    fn about(frame: Frame, book: Book) -> Self {
        Self {
            frame,
            alert: None,
            id: book.id,
            version: book.version,
            seen: seen(&input_of(&book)),
            title: book.title.clone(),
            author: book.author(),
            view: Some(BookView::full(book)),
            changes: Vec::new(),
        }
    }
}

fn seen(input: &BookInput) -> Vec<(String, String)> {
    FIELDS.map(|field| (field.to_string(), value(input, field).to_owned())).into()
}

pub(super) async fn confirm(
    State(state): State<AppState>,
    frame: Frame,
    PathId(id): PathId,
) -> Result<Response, Failure> {
    let book = state.store().get(id).await?;
    Ok(html(StatusCode::OK, &DeletePage::about(frame, book)))
}

pub(super) async fn submit(
    State(state): State<AppState>,
    frame: Frame,
    PathId(id): PathId,
    Fields(form): Fields<BookForm>,
) -> Response {
    match state.store().delete(id, form.version()).await {
        Ok(()) => Redirect::to(&Saved::Deleted.at("/books")).into_response(),
        // What was wanted is so; a form that is sent twice, say by a double click, gets here.
        Err(Error::NotFound(_)) => Redirect::to(&Saved::Gone.at("/books")).into_response(),
        Err(Error::Conflict(theirs)) => changed_meanwhile(frame, &form.input(), *theirs),
        Err(error) => failed(frame, id, &form, error.into()),
    }
}

fn changed_meanwhile(frame: Frame, seen: &BookInput, theirs: Book) -> Response {
    let changes = compare(seen, &input_of(&theirs));
    let alert = Alert {
        title: "This book was changed meanwhile".to_owned(),
        text: "It is not the book that you saw when you asked to delete it. Look at what changed, and decide again."
            .to_owned(),
        link: None,
    };
    let page = DeletePage { alert: Some(alert), changes, ..DeletePage::about(frame, theirs) };
    html(StatusCode::CONFLICT, &page)
}

/// The database did not take it: the same question again, from what the form carried.
fn failed(frame: Frame, id: BookId, form: &BookForm, failure: Failure) -> Response {
    let input = form.input();
    let words = failure.words();
    let page = DeletePage {
        frame,
        alert: Some(Alert { title: words.title.to_owned(), text: words.message.to_owned(), link: None }),
        id,
        version: form.version(),
        seen: seen(&input),
        author: format!("{} {}", input.author_first_name, input.author_last_name).trim().to_owned(),
        title: if input.title.is_empty() { format!("book {id}") } else { input.title },
        view: None,
        changes: Vec::new(),
    };
    failure.with_cause(html(failure.status(), &page))
}
