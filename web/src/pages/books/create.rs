//! Adding a book.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use bookstore_db::book::{Book, RequestId};
use bookstore_db::draft::{BookDraft, BookInput, FieldError};
use bookstore_db::error::Error;

use super::form::{Alert, BookForm, FormAction, FormPage, FormView};
use super::notice::SavedNotice;
use super::query::ListQuery;
use crate::state::AppState;
use crate::view::layout::PageContext;

/// The form, filled in with the fields in the address, such as those of a deleted book.
pub(crate) async fn form(context: PageContext, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let fields: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let input = BookInput::new(|field| fields.get(&field.to_string()).cloned().unwrap_or_default());
    FormPage::open(context, FormView::new(new_action(), &ListQuery::of_link(&query), &input, &[]))
}

fn new_action() -> FormAction {
    FormAction::Create(RequestId::random())
}

pub(crate) async fn submit(
    State(state): State<Arc<AppState>>,
    context: PageContext,
    RawQuery(query): RawQuery,
    form: BookForm,
) -> Response {
    let (input, list) = (form.input(), ListQuery::of_link(&query.unwrap_or_default()));
    let view = |action, errors: &[FieldError]| FormView::new(action, &list, &input, errors);
    let Some(request_id) = form.request_id() else {
        return without_request_id(context, view(new_action(), &[]));
    };
    let action = FormAction::Create(request_id);
    let draft = match BookDraft::parse(&input) {
        Ok(draft) => draft,
        Err(errors) => return FormPage::invalid(context, view(action, &errors)),
    };
    match state.store().create(&draft, request_id).await {
        Ok(book) => {
            let page = list.link(&format!("/books/{}", book.id));
            Redirect::to(&SavedNotice::append_to(Some(&SavedNotice::Created), page)).into_response()
        }
        Err(Error::DuplicateRequest(other)) => duplicate_request(context, view(new_action(), &[]), &other),
        Err(error) => FormPage::store_failed(context, view(action, &[]), error.into()),
    }
}

/// With an id from here, a form that is sent twice would create two books. So the form is shown again, with an id.
fn without_request_id(context: PageContext, form: FormView) -> Response {
    let alert = Alert {
        title: "Please send the form again".to_owned(),
        text: "It arrived without its request id, which keeps a book from being added twice. Your entries are below, \
               with a new request id."
            .to_owned(),
        link: None,
    };
    FormPage::not_saved(StatusCode::UNPROCESSABLE_ENTITY, context, form, alert)
}

fn duplicate_request(context: PageContext, form: FormView, other: &Book) -> Response {
    let alert = Alert {
        title: format!("This form already created book {}", other.id),
        text:
            "It was sent before, with other entries. To change that book, edit it. To add the entries below as another \
             book, send the form."
                .to_owned(),
        link: Some((format!("/books/{}", other.id), format!("Open “{}”", other.title))),
    };
    FormPage::not_saved(StatusCode::CONFLICT, context, form, alert)
}
