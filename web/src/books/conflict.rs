//! Two people changed one book: both versions side by side, with a way to keep either.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use bookstore_db::book::Book;
use bookstore_db::draft::{BookInput, Field};

use super::form::{FIELDS, FormView, Target, input_of, value};
use super::view::label;
use crate::layout::{Frame, html};

/// A field in both versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) name: Field,
    pub(super) label: &'static str,
    pub(super) mine: String,
    pub(super) theirs: String,
}

impl Difference {
    pub(super) fn differs(&self) -> bool {
        self.mine != self.theirs
    }
}

/// All fields of both versions, in the order of the columns.
pub(super) fn compare(mine: &BookInput, theirs: &BookInput) -> Vec<Difference> {
    let compare = |field| Difference {
        name: field,
        label: label(field),
        mine: value(mine, field).trim().to_owned(),
        theirs: value(theirs, field).to_owned(),
    };
    FIELDS.map(compare).into()
}

#[derive(Template)]
#[template(path = "books/conflict.html")]
struct ConflictPage {
    frame: Frame,
    theirs: Book,
    fields: Vec<Difference>,
    form: FormView,
}

/// The page after an edit that came too late.
pub(super) fn on_edit(frame: Frame, mine: &BookInput, theirs: Book) -> Response {
    let fields = compare(mine, &input_of(&theirs));
    let form = FormView::new(Target::Edit(theirs.id, theirs.version), mine, &[]);
    html(StatusCode::CONFLICT, &ConflictPage { frame, theirs, fields, form })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fields_that_say_something_else_differ() {
        let theirs = BookInput { title: "Emma".into(), price: "9.00".into(), ..BookInput::default() };
        let mine = BookInput { title: " Emma ".into(), price: "10.00".into(), ..BookInput::default() };
        let differing = compare(&mine, &theirs).into_iter().filter(Difference::differs).map(|field| field.name);
        assert_eq!(differing.collect::<Vec<_>>(), [Field::Price]);
    }
}
