//! Which answers are compressed.

use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::compression::predicate::{DefaultPredicate, Predicate};

/// All that is long enough and not compressed already, except the API's books: a strong ETag names exact bytes.
pub(crate) fn worthwhile() -> impl Predicate {
    DefaultPredicate::new().and(not_one_book)
}

fn not_one_book(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let json = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    !(json && headers.contains_key(header::ETAG))
}
