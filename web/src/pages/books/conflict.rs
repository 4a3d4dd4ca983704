//! Conflicts: another person changed the book meanwhile. What only one of both changed is kept; for the rest the person
//! chooses, and sees the result in the form before saving it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bookstore_db::book::Book;
use bookstore_db::draft::BookInput;

use super::form::{FormAction, FormView, base_fields, input_fields};
use super::merge::{MergedField, merge};
use super::query::ListQuery;
use crate::http::rendered_page::html;
use crate::view::layout::PageContext;

/// Whose entries a person takes for the fields that both changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Mine,
    Theirs,
}

impl Choice {
    /// The name of the button that chooses.
    pub(super) const NAME: &str = "Choose";

    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "mine" => Some(Self::Mine),
            "theirs" => Some(Self::Theirs),
            _ => None,
        }
    }
}

/// The response to an edit of an old version.
#[derive(Template)]
#[template(path = "books/conflict.html")]
pub(super) struct ConflictPage {
    context: PageContext,
    title: String,
    version: i32,
    /// Fields that somebody changed.
    changed: Vec<MergedField>,
    conflicts: usize,
    choice: Option<Choice>,
    /// What the form that chooses sends along.
    hidden: Vec<(String, String)>,
    /// The merged book.
    form: FormView,
}

impl ConflictPage {
    pub(super) fn new(
        context: PageContext,
        list: &ListQuery,
        base: Option<&BookInput>,
        mine: &BookInput,
        theirs: &Book,
        choice: Option<Choice>,
    ) -> Self {
        let fields = merge(base, mine, &BookInput::from(theirs));
        let takes_mine = choice != Some(Choice::Theirs);
        let result =
            |name| fields.iter().find(|field| field.name == name).map(|field| field.result(takes_mine).to_owned());
        let merged = BookInput::new(|name| result(name).unwrap_or_default());
        let mut form = FormView::new(FormAction::edit(theirs), list, &merged, &[]);
        for field in &mut form.fields {
            if let Some(merged) = fields.iter().find(|merged| merged.name == field.name && merged.is_conflict()) {
                field.hint = format!("You wrote “{}”, the other person “{}”", merged.mine, merged.theirs);
            }
        }
        let mut hidden = input_fields(mine);
        hidden.extend(base.iter().flat_map(|base| base_fields(base)));
        Self {
            context,
            title: theirs.title.clone(),
            version: theirs.version,
            conflicts: fields.iter().filter(|field| field.is_conflict()).count(),
            changed: fields.into_iter().filter(MergedField::is_changed).collect(),
            choice,
            hidden,
            form,
        }
    }

    /// The merged value of a field.
    fn result<'a>(&self, field: &'a MergedField) -> &'a str {
        field.result(self.choice != Some(Choice::Theirs))
    }
}

impl IntoResponse for ConflictPage {
    fn into_response(self) -> Response {
        let status = if self.choice.is_none() { StatusCode::CONFLICT } else { StatusCode::OK };
        html(status, &self)
    }
}
