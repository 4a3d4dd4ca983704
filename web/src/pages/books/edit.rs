//! Editing a book.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bookstore_db::book::{BookId, RequestId};
use bookstore_db::draft::{BookDraft, BookInput, FieldError};
use bookstore_db::error::Error;

use super::conflict::{Choice, ConflictPage};
use super::form::{Alert, BookForm, FormAction, FormPage, FormView};
use super::notice::SavedNotice;
use super::path_id::PathId;
use super::query::ListQuery;
use crate::http::error::HandlerError;
use crate::state::AppState;
use crate::view::layout::PageContext;

pub(crate) async fn form(
    State(state): State<Arc<AppState>>,
    context: PageContext,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
) -> Result<Response, HandlerError> {
    let book = state.store().get(id).await?;
    let list = ListQuery::of_link(&query.unwrap_or_default());
    Ok(FormPage::open(context, FormView::new(FormAction::edit(&book), &list, &BookInput::from(&book), &[])))
}

pub(crate) async fn submit(
    State(state): State<Arc<AppState>>,
    context: PageContext,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
    form: BookForm,
) -> Response {
    let (input, base, list) = (form.input(), form.base(), ListQuery::of_link(&query.unwrap_or_default()));
    let view = |errors: &[FieldError]| {
        let action = FormAction::Edit { id, version: form.version(), base: base.clone() };
        FormView::new(action, &list, &input, errors)
    };
    let draft = match BookDraft::parse(&input) {
        Ok(draft) => draft,
        Err(errors) => return FormPage::invalid(context, view(&errors)),
    };
    // A choice on the conflict page is shown before it is saved.
    let choice = Choice::parse(form.entry(Choice::NAME));
    let saved = match choice {
        Some(_) => state.store().get(id).await.and_then(|current| Err(Error::Conflict(Box::new(current)))),
        None => state.store().edit(id, &draft, form.version()).await,
    };
    match saved {
        Ok(_) => {
            let page = list.link(&format!("/books/{id}"));
            Redirect::to(&SavedNotice::append_to(Some(&SavedNotice::Edited), page)).into_response()
        }
        Err(Error::Conflict(theirs)) => {
            ConflictPage::new(context, &list, base.as_ref(), &input, &theirs, choice).into_response()
        }
        Err(Error::NotFound(_)) => deleted_meanwhile(context, id, &list, &input),
        Err(error) => FormPage::store_failed(context, view(&[]), error.into()),
    }
}

/// Another person deleted the book meanwhile. The entries can become a new book.
fn deleted_meanwhile(context: PageContext, id: BookId, list: &ListQuery, input: &BookInput) -> Response {
    let alert = Alert {
        title: format!("Book {id} was deleted"),
        text:
            "Another person deleted it while you edited it. Your entries are below: send the form to add them as a new \
             book."
                .to_owned(),
        link: Some((list.href(), "Discard them and go to all books".to_owned())),
    };
    let form = FormView::new(FormAction::Create(RequestId::random()), list, input, &[]);
    FormPage::not_saved(StatusCode::NOT_FOUND, context, form, alert)
}
