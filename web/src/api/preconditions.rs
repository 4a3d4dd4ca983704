//! Conditional requests (RFC 9110, section 13). A book's entity tag is its version, so a tag that matches names what was seen.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use bookstore_db::book::Book;
use headers::{ETag, HeaderMapExt, IfMatch, IfNoneMatch};

use super::Problem;

/// The strong entity tag of a version, like `"v3"`.
pub(super) fn etag(version: i32) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"v{version}\"")).ok()
}

/// Whether the client has the book as it is.
pub(super) fn unchanged(headers: &HeaderMap, book: &Book) -> bool {
    let known = headers.typed_get::<IfNoneMatch>();
    known.zip(tag(book)).is_some_and(|(known, tag)| !known.precondition_passes(&tag))
}

/// Checks that the client has seen the book as it is and not an older version.
///
/// # Errors
/// 428 without `If-Match`, 412 with the book's own tag if it names another version or nothing that is a tag.
pub(super) fn seen(headers: &HeaderMap, book: &Book) -> Result<(), Problem> {
    let Some(seen) = headers.typed_get::<IfMatch>() else {
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "Send If-Match with the ETag of the book that you saw, so that no other edit is lost.",
        ));
    };
    if tag(book).is_some_and(|tag| seen.precondition_passes(&tag)) {
        return Ok(());
    }
    let detail = format!("Book {} is at version {} now; read it again.", book.id, book.version);
    Err(Problem::new(StatusCode::PRECONDITION_FAILED, detail).with_header(header::ETAG, etag(book.version)))
}

fn tag(book: &Book) -> Option<ETag> {
    format!("\"v{}\"", book.version).parse().ok()
}
