//! The form that adds or edits a book: its entries, and the page that shows it.

use std::collections::HashMap;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::Response;
use bookstore_db::book::{Book, BookId, Field, FieldKind, RequestId};
use bookstore_db::draft::{BookInput, FieldError};
use percent_encoding::percent_decode;

use super::query::ListQuery;
use super::view::field_label;
use crate::http::error::HandlerError;
use crate::http::error_text::ErrorText;
use crate::http::media_type::has_media_type;
use crate::http::rendered_page::html;
use crate::view::layout::PageContext;

/// A submitted form.
pub(crate) struct BookForm {
    entries: HashMap<String, String>,
}

/// What the name of a field starts with if it holds the value that the person started from.
const BASE_PREFIX: &str = "Was";

impl<S: Send + Sync> FromRequest<S> for BookForm {
    type Rejection = HandlerError;

    /// A body that is not a form, is not UTF-8, or has a field twice, is 400: 422 is for fields with invalid values.
    async fn from_request(request: Request, state: &S) -> Result<Self, HandlerError> {
        const BAD_REQUEST: HandlerError = HandlerError::Request(StatusCode::BAD_REQUEST);
        if !has_media_type(request.headers(), "application/x-www-form-urlencoded") {
            return Err(HandlerError::Request(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|rejection| HandlerError::Request(rejection.status()))?;
        Self::parse(&body).ok_or(BAD_REQUEST)
    }
}

/// The names and values of a form. None if they are not UTF-8: a replaced character would be stored for ever.
fn decode_form(body: &[u8]) -> Option<Vec<(String, String)>> {
    let decode = |text: &[u8]| {
        let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        percent_decode(&spaced).decode_utf8().ok().map(std::borrow::Cow::into_owned)
    };
    let pairs = body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    let pair = |pair: &[u8]| {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        Some((decode(&pair[..at])?, decode(pair.get(at + 1..).unwrap_or_default())?))
    };
    pairs.map(pair).collect()
}

impl BookForm {
    /// Parses the body of a request. None if it is not UTF-8 or has a field twice.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        let pairs = decode_form(body)?;
        let count = pairs.len();
        let entries: HashMap<_, _> = pairs.into_iter().collect();
        (entries.len() == count).then_some(Self { entries })
    }

    /// The entry with this name. A missing one is empty, and the draft's rules report it.
    pub(super) fn entry(&self, name: &str) -> &str {
        self.entries.get(name).map_or("", String::as_str)
    }

    /// The entries of the fields.
    pub(super) fn input(&self) -> BookInput {
        BookInput::new(|field| self.entry(&field.to_string()).to_owned())
    }

    /// The values that the person started from. None if the form does not have them all.
    pub(super) fn base(&self) -> Option<BookInput> {
        let name = |field: Field| format!("{BASE_PREFIX}{field}");
        let is_complete = Field::ALL.into_iter().all(|field| self.entries.contains_key(&name(field)));
        is_complete.then(|| BookInput::new(|field| self.entry(&name(field)).to_owned()))
    }

    /// The request id; none if it is missing or invalid.
    pub(super) fn request_id(&self) -> Option<RequestId> {
        self.entry("RequestId").parse().ok()
    }

    /// The version that the person saw. Without one it is 0, which always conflicts since versions begin at 1. So the
    /// person sees the book before anything is overwritten.
    pub(super) fn version(&self) -> i32 {
        self.entry("Version").parse().unwrap_or(0)
    }
}

/// The names and values of hidden fields with what the person started from.
pub(super) fn base_fields(base: &BookInput) -> Vec<(String, String)> {
    Field::ALL.map(|field| (format!("{BASE_PREFIX}{field}"), base[field].clone())).into()
}

/// The names and values of the fields, for a form or an address.
pub(super) fn input_fields(input: &BookInput) -> Vec<(String, String)> {
    Field::ALL.map(|field| (field.to_string(), input[field].clone())).into()
}

/// One field of the form on a page.
pub(super) struct FormField {
    pub(super) name: Field,
    pub(super) label: &'static str,
    pub(super) hint: String,
    pub(super) input_mode: &'static str,
    /// In UTF-16 code units, which browsers count too.
    pub(super) max_length: Option<usize>,
    pub(super) value: String,
    pub(super) error: Option<String>,
}

impl FormField {
    fn of(field: Field, input: &BookInput, errors: &[FieldError]) -> Self {
        let (input_mode, max_length) = match field.kind() {
            FieldKind::Text(max_length) => ("text", Some(max_length)),
            FieldKind::Count => ("numeric", None),
            FieldKind::Price => ("decimal", None),
        };
        let hint = match field {
            Field::AvgCustomerReviews => "How many customers reviewed it, like 250",
            Field::Price => "Like 12.50 or 12,50",
            Field::BookLanguage => "Like English",
            _ => "",
        };
        let error = errors.iter().find(|error| error.field == field).map(|error| error.message.clone());
        Self {
            name: field,
            label: field_label(field),
            hint: hint.to_owned(),
            input_mode,
            max_length,
            value: input[field].clone(),
            error,
        }
    }
}

/// What a form does, with its hidden fields.
#[derive(Clone, Debug)]
pub(super) enum FormAction {
    /// Creates a book, once per request id.
    Create(RequestId),
    /// Edits a book if it still has this version. With the values that the person started from.
    Edit { id: BookId, version: i32, base: Option<BookInput> },
}

impl FormAction {
    /// Edits this book in its current state.
    pub(super) fn edit(book: &Book) -> Self {
        Self::Edit { id: book.id, version: book.version, base: Some(BookInput::from(book)) }
    }

    pub(super) fn is_create(&self) -> bool {
        matches!(self, Self::Create(_))
    }

    fn path(&self) -> String {
        match self {
            Self::Create(_) => "/books/new".to_owned(),
            Self::Edit { id, .. } => format!("/books/{id}/edit"),
        }
    }

    fn hidden_fields(&self) -> Vec<(String, String)> {
        match self {
            Self::Create(id) => vec![("RequestId".to_owned(), id.to_string())],
            Self::Edit { version, base, .. } => {
                let mut fields = vec![("Version".to_owned(), version.to_string())];
                fields.extend(base.iter().flat_map(base_fields));
                fields
            }
        }
    }
}

/// The form on a page.
pub(super) struct FormView {
    pub(super) action: FormAction,
    /// The address that it is sent to.
    pub(super) address: String,
    /// The page that a person goes to who cancels.
    pub(super) cancel: String,
    pub(super) hidden: Vec<(String, String)>,
    pub(super) fields: Vec<FormField>,
}

impl FormView {
    /// `list` is the list that the person came from.
    pub(super) fn new(action: FormAction, list: &ListQuery, input: &BookInput, errors: &[FieldError]) -> Self {
        Self {
            address: list.link(&action.path()),
            cancel: match &action {
                FormAction::Create(_) => list.href(),
                FormAction::Edit { id, .. } => list.link(&format!("/books/{id}")),
            },
            hidden: action.hidden_fields(),
            action,
            fields: Field::ALL.map(|field| FormField::of(field, input, errors)).into(),
        }
    }

    pub(super) fn invalid(&self) -> Vec<&FormField> {
        self.fields.iter().filter(|field| field.error.is_some()).collect()
    }
}

/// The message above a form that was not saved.
pub(super) struct Alert {
    pub(super) title: String,
    pub(super) text: String,
    /// Address and text of a link.
    pub(super) link: Option<(String, String)>,
}

impl From<ErrorText> for Alert {
    fn from(error: ErrorText) -> Self {
        let text = format!("{} Your entries are below; you can send them again.", error.message);
        let link = ("/identity".to_owned(), "The application’s login, with all evidence".to_owned());
        Self { title: error.title.to_owned(), text, link: Some(link) }
    }
}

/// The page of the form.
#[derive(Template)]
#[template(path = "books/form.html")]
pub(super) struct FormPage {
    context: PageContext,
    alert: Option<Alert>,
    form: FormView,
}

impl FormPage {
    /// The form before it is submitted.
    pub(super) fn open(context: PageContext, form: FormView) -> Response {
        html(StatusCode::OK, &Self { context, alert: None, form })
    }

    /// The form with errors in its fields.
    pub(super) fn invalid(context: PageContext, form: FormView) -> Response {
        html(StatusCode::UNPROCESSABLE_ENTITY, &Self { context, alert: None, form })
    }

    /// The form with a message: it was not saved, for a reason that is not in its fields.
    pub(super) fn not_saved(status: StatusCode, context: PageContext, form: FormView, alert: Alert) -> Response {
        html(status, &Self { context, alert: Some(alert), form })
    }

    /// The form after an error of the database: with all entries, and the same hidden fields, so that a second attempt
    /// creates no second book.
    pub(super) fn store_failed(context: PageContext, form: FormView, error: HandlerError) -> Response {
        error.with_cause(Self::not_saved(error.status(), context, form, error.text().into()))
    }
}
