//! Which answers are compressed.

use axum::http::{Extensions, HeaderMap, StatusCode, Version, header};
use tower_http::compression::predicate::{DefaultPredicate, Predicate};

/// All that is long enough and not compressed already, except what has an ETag: a strong one names exact bytes.
pub(crate) fn worthwhile() -> impl Predicate {
    DefaultPredicate::new().and(untagged)
}

fn untagged(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(header::ETAG)
}
