//! Editing a book.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bookstore_db::book::{BookId, RequestId};
use bookstore_db::draft::{BookDraft, BookInput};
use bookstore_db::error::Error;

use super::conflict;
use super::extract::{Fields, PathId};
use super::form::{Alert, BookForm, FormPage, Target, input_of};
use super::notice::Saved;
use crate::app::AppState;
use crate::error::Failure;
use crate::layout::Frame;

pub(super) async fn form(State(state): State<AppState>, frame: Frame, PathId(id): PathId) -> Result<Response, Failure> {
    let book = state.store().get(id).await?;
    Ok(FormPage::open(frame, Target::Edit(id, book.version), &input_of(&book)))
}

pub(super) async fn submit(
    State(state): State<AppState>,
    frame: Frame,
    PathId(id): PathId,
    Fields(form): Fields<BookForm>,
) -> Response {
    let input = form.input();
    let target = Target::Edit(id, form.version());
    let draft = match BookDraft::parse(&input) {
        Ok(draft) => draft,
        Err(errors) => return FormPage::faulty(frame, target, &input, &errors),
    };
    match state.store().edit(id, &draft, form.version()).await {
        Ok(_) => Redirect::to(&Saved::Edited.at(&format!("/books/{id}"))).into_response(),
        Err(Error::Conflict(theirs)) => conflict::on_edit(frame, &input, *theirs),
        Err(Error::NotFound(_)) => gone(frame, id, &input),
        Err(error) => FormPage::failed(frame, target, &input, error.into()),
    }
}

/// The book was deleted while the person edited it: what was written can become a new one.
fn gone(frame: Frame, id: BookId, input: &BookInput) -> Response {
    let alert = Alert {
        title: format!("Book {id} is not there any more"),
        text: "It was deleted while you edited it. What you wrote is below: send it to add it as a new book."
            .to_owned(),
        link: Some(("/books".to_owned(), "Leave it, and go to all books".to_owned())),
    };
    FormPage::unsaved(StatusCode::NOT_FOUND, frame, Target::New(RequestId::random()), input, alert)
}
