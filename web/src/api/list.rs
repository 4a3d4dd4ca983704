//! The query parameters of the list.

use axum::http::StatusCode;
use bookstore_db::list::{ListRequest, Sort, SortColumn};
use bookstore_db::search::BookFilter;
use serde::Deserialize;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;
use super::representation::camel_case;

/// Most books per page.
const MAX_PAGE_SIZE: u32 = 100;
/// Longest search and login, in characters: no column is longer.
const MAX_TEXT: usize = 255;

/// The parameters of the list. By default it has all books, by id, 20 per page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Words to find in title, author's name and publisher, in any order, regardless of case and accents.
    #[param(required = false, max_length = 255)]
    q: String,
    /// Only the books that this login created.
    #[param(required = false, max_length = 255)]
    creator: String,
    /// The field to sort by.
    #[param(required = false, schema_with = sort_schema)]
    sort: String,
    /// The direction.
    #[param(required = false, inline)]
    dir: Direction,
    /// The number of the page, from 1.
    #[param(required = false, minimum = 1, maximum = 4294967295_u32, format = "uint32")]
    pub(super) page: u32,
    /// Books per page.
    #[param(required = false, minimum = 1, maximum = 100, format = "uint32")]
    pub(super) size: u32,
}

/// The names of all columns.
fn sort_schema() -> Schema {
    let names = SortColumn::ALL.map(camel_case);
    Schema::Object(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).build())
}

/// Ascending or descending.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Asc,
    Desc,
}

impl Default for ListParams {
    fn default() -> Self {
        let sort = camel_case(SortColumn::default());
        Self { q: String::new(), creator: String::new(), sort, dir: Direction::Asc, page: 1, size: 20 }
    }
}

impl ListParams {
    /// # Errors
    /// 400, with the first invalid parameter.
    pub(super) fn request(&self) -> Result<ListRequest, Problem> {
        let column = SortColumn::ALL.into_iter().find(|column| is_named(*column, &self.sort)).ok_or_else(|| {
            let known = SortColumn::ALL.map(camel_case).join(", ");
            invalid(format!("sort is {:?}: write one of {known}", self.sort))
        })?;
        for (name, text) in [("q", &self.q), ("creator", &self.creator)] {
            if text.chars().count() > MAX_TEXT {
                return Err(invalid(format!("{name} is longer than {MAX_TEXT} characters")));
            }
        }
        if self.page == 0 {
            return Err(invalid("page is 0: pages are counted from 1"));
        }
        if !(1..=MAX_PAGE_SIZE).contains(&self.size) {
            return Err(invalid(format!("size is {}: write a number from 1 to {MAX_PAGE_SIZE}", self.size)));
        }
        Ok(ListRequest {
            filter: BookFilter { search: self.q.clone(), creator: self.creator.clone() },
            sort: Sort { column, descending: self.dir == Direction::Desc },
            page: self.page,
            page_size: self.size,
        })
    }
}

/// Whether the name is the column's JSON name or its own.
fn is_named(column: SortColumn, name: &str) -> bool {
    camel_case(column) == name || column.to_string() == name
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, detail)
}
