//! The form that adds or edits a book: what arrives from it, and the page that shows it again.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use bookstore_db::book::{Book, BookId, RequestId};
use bookstore_db::draft::{BookInput, Field, FieldError, LANGUAGE_LENGTH, NAME_LENGTH, PUBLISHER_LENGTH};
use serde::Deserialize;

use super::view::label;
use crate::error::{Failure, Words};
use crate::layout::{Frame, html};

/// A posted form. A field that did not arrive is empty, and the rules of the draft name it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct BookForm {
    title: String,
    author_first_name: String,
    author_last_name: String,
    avg_customer_reviews: String,
    price: String,
    book_language: String,
    publisher: String,
    pub(super) request_id: String,
    version: String,
}

impl BookForm {
    /// What the person wrote.
    pub(super) fn input(&self) -> BookInput {
        let form = self.clone();
        BookInput {
            title: form.title,
            author_first_name: form.author_first_name,
            author_last_name: form.author_last_name,
            avg_customer_reviews: form.avg_customer_reviews,
            price: form.price,
            book_language: form.book_language,
            publisher: form.publisher,
        }
    }

    /// The version that the person saw. A form that does not say has seen none: versions begin at 1, so 0 always conflicts,
    /// and the person gets to see the book before anything is overwritten.
    pub(super) fn version(&self) -> i32 {
        self.version.parse().unwrap_or(0)
    }
}

/// A book as a person would write it into the form.
pub(super) fn input_of(book: &Book) -> BookInput {
    BookInput {
        title: book.title.clone(),
        author_first_name: book.author_first_name.clone(),
        author_last_name: book.author_last_name.clone(),
        avg_customer_reviews: book.avg_customer_reviews.to_string(),
        price: book.price.to_string(),
        book_language: book.book_language.clone(),
        publisher: book.publisher.clone(),
    }
}

/// The fields in the order of the columns.
pub(super) const FIELDS: [Field; 7] = [
    Field::Title,
    Field::AuthorFirstName,
    Field::AuthorLastName,
    Field::AvgCustomerReviews,
    Field::Price,
    Field::BookLanguage,
    Field::Publisher,
];

/// What an input says in a field.
pub(super) fn value(input: &BookInput, field: Field) -> &str {
    match field {
        Field::Title => &input.title,
        Field::AuthorFirstName => &input.author_first_name,
        Field::AuthorLastName => &input.author_last_name,
        Field::AvgCustomerReviews => &input.avg_customer_reviews,
        Field::Price => &input.price,
        Field::BookLanguage => &input.book_language,
        Field::Publisher => &input.publisher,
    }
}

/// One field of the form on a page.
pub(super) struct Control {
    pub(super) name: Field,
    pub(super) label: &'static str,
    pub(super) hint: &'static str,
    pub(super) input_mode: &'static str,
    /// In UTF-16 code units, as browsers count too.
    pub(super) max_length: Option<usize>,
    pub(super) value: String,
    pub(super) error: Option<String>,
}

impl Control {
    fn of(field: Field, input: &BookInput, errors: &[FieldError]) -> Self {
        let (hint, input_mode, max_length) = match field {
            Field::AvgCustomerReviews => ("How many customers reviewed it, like 250", "numeric", None),
            Field::Price => ("With a decimal point, like 12.50", "decimal", None),
            Field::BookLanguage => ("Like English", "text", Some(LANGUAGE_LENGTH)),
            Field::Publisher => ("", "text", Some(PUBLISHER_LENGTH)),
            _ => ("", "text", Some(NAME_LENGTH)),
        };
        let error = errors.iter().find(|error| error.field == field).map(|error| error.message.clone());
        Self {
            name: field,
            label: label(field),
            hint,
            input_mode,
            max_length,
            value: value(input, field).to_owned(),
            error,
        }
    }
}

/// Where a form goes, and what it carries unseen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    /// Makes a book, once for this id.
    New(RequestId),
    /// Changes a book that still is at this version.
    Edit(BookId, i32),
}

/// The form on a page.
pub(super) struct FormView {
    pub(super) target: Target,
    pub(super) controls: Vec<Control>,
}

impl FormView {
    pub(super) fn new(target: Target, input: &BookInput, errors: &[FieldError]) -> Self {
        Self { target, controls: FIELDS.map(|field| Control::of(field, input, errors)).into() }
    }

    pub(super) fn faulty(&self) -> Vec<&Control> {
        self.controls.iter().filter(|control| control.error.is_some()).collect()
    }
}

/// What stands above a form that was not saved.
pub(super) struct Alert {
    pub(super) title: String,
    pub(super) text: String,
    /// Address and text of a way out.
    pub(super) link: Option<(String, String)>,
}

impl From<Words> for Alert {
    fn from(words: Words) -> Self {
        let text = format!("{} What you wrote is kept below; send it again when you like.", words.message);
        Self { title: words.title.to_owned(), text, link: None }
    }
}

/// The page of the form.
#[derive(Template)]
#[template(path = "books/form.html")]
pub(super) struct FormPage {
    frame: Frame,
    alert: Option<Alert>,
    form: FormView,
}

impl FormPage {
    /// A form as it is opened first.
    pub(super) fn open(frame: Frame, target: Target, input: &BookInput) -> Response {
        html(StatusCode::OK, &Self { frame, alert: None, form: FormView::new(target, input, &[]) })
    }

    /// A form with fields that break a rule.
    pub(super) fn faulty(frame: Frame, target: Target, input: &BookInput, errors: &[FieldError]) -> Response {
        let form = FormView::new(target, input, errors);
        html(StatusCode::UNPROCESSABLE_ENTITY, &Self { frame, alert: None, form })
    }

    /// A form that was not saved for a reason that is not in its fields.
    pub(super) fn unsaved(
        status: StatusCode,
        frame: Frame,
        target: Target,
        input: &BookInput,
        alert: Alert,
    ) -> Response {
        html(status, &Self { frame, alert: Some(alert), form: FormView::new(target, input, &[]) })
    }

    /// A form that the database did not take: the same form again, so that nothing that was written is lost and a second try
    /// makes no second book.
    pub(super) fn failed(frame: Frame, target: Target, input: &BookInput, failure: Failure) -> Response {
        failure.with_cause(Self::unsaved(failure.status(), frame, target, input, failure.words().into()))
    }
}
