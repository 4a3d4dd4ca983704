//! Error responses of several operations, for the OpenAPI document.

use utoipa::IntoResponses;

use super::problem::Problem;

/// Every operation on books needs the database.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the document is generated from the type; no value of it exists")]
pub(super) enum DatabaseErrors {
    /// The database is unavailable, or the shop is busy
    #[response(status = 503, content_type = "application/problem+json",
        headers(("Retry-After" = i32, description = "Seconds to wait before the next attempt")))]
    Unavailable(Problem),
}

/// An operation on one book may not find it.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the document is generated from the type; no value of it exists")]
pub(super) enum NotFound {
    /// The id is not a whole number
    #[response(status = 400, content_type = "application/problem+json")]
    InvalidId(Problem),
    /// The book does not exist
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
}

/// Operations whose request has a book as its body.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the document is generated from the type; no value of it exists")]
pub(super) enum BodyErrors {
    /// The body is not JSON
    #[response(status = 400, content_type = "application/problem+json")]
    NotJson(Problem),
    /// The body is too large
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// Content-Type is not application/json
    #[response(status = 415, content_type = "application/problem+json")]
    OtherType(Problem),
    /// Fields are invalid; errors lists them
    #[response(status = 422, content_type = "application/problem+json")]
    InvalidFields(Problem),
}

/// Operations that require the current version of a book.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "the document is generated from the type; no value of it exists")]
pub(super) enum VersionErrors {
    /// The book has changed; ETag has its current version
    #[response(status = 412, content_type = "application/problem+json",
        headers(("ETag" = String, description = "The current version of the book")))]
    Changed(Problem),
    /// If-Match is missing
    #[response(status = 428, content_type = "application/problem+json")]
    MissingIfMatch(Problem),
}
