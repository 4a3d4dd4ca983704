//! What a client may ask of the list.

use axum::http::StatusCode;
use bookstore_db::list::{ListRequest, Sort, SortColumn};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::Problem;
use super::representation::camel_case;

/// The most books on one page.
const LONGEST_PAGE: u32 = 100;
/// The longest search or login, in characters: no column has more.
const LONGEST_TEXT: usize = 255;

/// The list's parameters. Left out, they ask for all books, by id, 20 a page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Part of a title or of an author's name.
    #[param(required = false, max_length = 255)]
    q: String,
    /// Only books that this login made.
    #[param(required = false, max_length = 255)]
    creator: String,
    /// A field of a book, like title, or its column, like Title.
    #[param(required = false, example = "title")]
    sort: String,
    /// In which direction.
    #[param(required = false, inline)]
    dir: Direction,
    /// From 1.
    #[param(required = false, minimum = 1)]
    pub(super) page: u32,
    /// Books a page.
    #[param(required = false, minimum = 1, maximum = 100)]
    pub(super) size: u32,
}

/// From the least to the greatest, or the other way.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Asc,
    Desc,
}

impl Default for ListQuery {
    fn default() -> Self {
        let sort = camel_case(SortColumn::default());
        Self { q: String::new(), creator: String::new(), sort, dir: Direction::Asc, page: 1, size: 20 }
    }
}

impl ListQuery {
    /// # Errors
    /// 400 with the first parameter that is wrong.
    pub(super) fn request(&self) -> Result<ListRequest, Problem> {
        let column = SortColumn::ALL.into_iter().find(|column| named(*column, &self.sort)).ok_or_else(|| {
            let known = SortColumn::ALL.map(camel_case).join(", ");
            bad(format!("sort is {:?}: write one of {known}", self.sort))
        })?;
        for (name, text) in [("q", &self.q), ("creator", &self.creator)] {
            if text.chars().count() > LONGEST_TEXT {
                return Err(bad(format!("{name} is longer than {LONGEST_TEXT} characters")));
            }
        }
        if self.page == 0 {
            return Err(bad("page is 0: pages are counted from 1"));
        }
        if !(1..=LONGEST_PAGE).contains(&self.size) {
            return Err(bad(format!("size is {}: write a number from 1 to {LONGEST_PAGE}", self.size)));
        }
        Ok(ListRequest {
            search: self.q.clone(),
            creator: self.creator.clone(),
            sort: Sort { column, descending: self.dir == Direction::Desc },
            page: self.page,
            page_size: self.size,
        })
    }
}

/// As JSON has it, or as the column is called.
fn named(column: SortColumn, name: &str) -> bool {
    camel_case(column) == name || column.to_string() == name
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}
