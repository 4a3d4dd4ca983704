//! Adding a book.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bookstore_db::book::{Book, RequestId};
use bookstore_db::draft::{BookDraft, BookInput};
use bookstore_db::error::Error;

use super::extract::Fields;
use super::form::{Alert, BookForm, FormPage, Target};
use super::notice::Saved;
use crate::app::AppState;
use crate::layout::Frame;

pub(super) async fn form(frame: Frame) -> Response {
    FormPage::open(frame, Target::New(RequestId::random()), &BookInput::default())
}

pub(super) async fn submit(State(state): State<AppState>, frame: Frame, Fields(form): Fields<BookForm>) -> Response {
    let input = form.input();
    let Ok(request_id) = form.request_id.parse::<RequestId>() else {
        return without_request_id(frame, &input);
    };
    let target = Target::New(request_id);
    let draft = match BookDraft::parse(&input) {
        Ok(draft) => draft,
        Err(errors) => return FormPage::faulty(frame, target, &input, &errors),
    };
    match state.store().create(&draft, request_id).await {
        Ok(book) => Redirect::to(&Saved::Created.at(&format!("/books/{}", book.id))).into_response(),
        Err(Error::DuplicateRequest(other)) => already_used(frame, &input, &other),
        Err(error) => FormPage::failed(frame, target, &input, error.into()),
    }
}

/// A new id made up here would let a form that is sent twice make two books; so the person sends it again with one.
fn without_request_id(frame: Frame, input: &BookInput) -> Response {
    let alert = Alert {
        title: "Please send the form again".to_owned(),
        text: "It arrived without the number that keeps a book from being added twice. What you wrote is below, with a new \
               number."
            .to_owned(),
        link: None,
    };
    FormPage::unsaved(StatusCode::UNPROCESSABLE_ENTITY, frame, Target::New(RequestId::random()), input, alert)
}

fn already_used(frame: Frame, input: &BookInput, other: &Book) -> Response {
    let alert = Alert {
        title: format!("This form already made book {}", other.id),
        text: "It was sent before, and the book says something else than what you sent now. To change that book, edit it. To \
               add what is below as another book, send the form."
            .to_owned(),
        link: Some((format!("/books/{}", other.id), format!("Open “{}”", other.title))),
    };
    FormPage::unsaved(StatusCode::CONFLICT, frame, Target::New(RequestId::random()), input, alert)
}
