//! Two people changed one book: both versions side by side, with a way to keep either.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use bookstore_db::book::Book;
use bookstore_db::draft::{BookInput, Field};
use bookstore_db::price::Price;

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
        mine: as_saved(field, value(mine, field)),
        theirs: value(theirs, field).to_owned(),
    };
    FIELDS.map(compare).into()
}

/// What a field would say once saved, so that `10` and `10.00` do not differ.
fn as_saved(field: Field, text: &str) -> String {
    let text = text.trim();
    match field {
        Field::Price => text.parse().map_or_else(|_| text.to_owned(), |price: Price| price.to_string()),
        Field::AvgCustomerReviews => text.parse().map_or_else(|_| text.to_owned(), |count: i32| count.to_string()),
        _ => text.to_owned(),
    }
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
        let input = |title: &str, price: &str, reviews: &str| BookInput {
            title: title.into(),
            price: price.into(),
            avg_customer_reviews: reviews.into(),
            ..BookInput::default()
        };
        let theirs = input("Emma", "9.00", "7");
        let differing = |mine| -> Vec<Field> {
            compare(&mine, &theirs).into_iter().filter(Difference::differs).map(|field| field.name).collect()
        };
        assert_eq!(differing(input(" Emma ", "9", "+7")), []);
        assert_eq!(differing(input("Emma", "10", "7")), [Field::Price]);
    }
}
