//! `If-Match` of edits and deletes: which versions of a book the client allows them on.

use axum::http::{HeaderMap, StatusCode, header};
use bookstore_db::book::Book;
use bookstore_db::draft::BookDraft;
use bookstore_db::error::Error;
use headers::{ETag, HeaderMapExt, IfMatch};

use super::problem::Problem;
use super::representation::etag;

/// How often a write is tried on a book that others edit at the same time.
const MAX_ATTEMPTS: u32 = 16;

/// Compares `If-Match`, which has several forms, with the current version. The statement compares the version again, so it
/// finds an edit in between.
///
/// # Errors
/// 428 without `If-Match`; 412 with the current ETag if it names another version or is not a tag (RFC 9110, section
/// 13.1.1).
pub(super) fn check_if_match(headers: &HeaderMap, book: &Book) -> Result<(), Problem> {
    if headers.typed_get::<IfMatch>().is_none() {
        return Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "Send If-Match with the ETag of the book that you have, so that no other edit is lost.",
        ));
    }
    if allows(headers, book.version) {
        return Ok(());
    }
    let detail = format!("Book {} is at version {} now; read it again.", book.id, book.version);
    Err(Problem::new(StatusCode::PRECONDITION_FAILED, detail).with_header(header::ETAG, etag(book.version)))
}

/// Whether the book is already the result of an edit with this draft, of a version that `If-Match` names.
pub(super) fn is_applied(headers: &HeaderMap, book: &Book, draft: &BookDraft) -> bool {
    // The result of an edit of the highest version has version 1.
    let versions = [book.version.wrapping_sub(1), i32::MAX];
    versions.into_iter().any(|version| names_version(headers, version) && book.is_result_of(draft, version))
}

/// Writes on the version of the book. If another edit came first, and `If-Match` allows its version too, as `*` does,
/// the write is repeated on that version.
///
/// # Errors
/// [`Error::Conflict`] if other edits came first in all of [`MAX_ATTEMPTS`], and the errors of `write`.
pub(super) async fn write<T, F>(headers: &HeaderMap, book: &Book, write: impl Fn(i32) -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut version = book.version;
    for _ in 1..MAX_ATTEMPTS {
        match write(version).await {
            Err(Error::Conflict(current)) if current.version != version && allows(headers, current.version) => {
                version = current.version;
            }
            result => return result,
        }
    }
    write(version).await
}

/// Whether `If-Match` allows a write on this version.
fn allows(headers: &HeaderMap, version: i32) -> bool {
    headers.typed_get::<IfMatch>().is_some_and(|if_match| passes(&if_match, version))
}

/// Whether `If-Match` names this version, not only any version.
fn names_version(headers: &HeaderMap, version: i32) -> bool {
    headers.typed_get::<IfMatch>().is_some_and(|if_match| !if_match.is_any() && passes(&if_match, version))
}

fn passes(if_match: &IfMatch, version: i32) -> bool {
    let tag: Option<ETag> = etag(version).and_then(|etag| etag.to_str().ok()?.parse().ok());
    tag.is_some_and(|tag| if_match.precondition_passes(&tag))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use axum::http::HeaderValue;
    use bookstore_db::book::{BookId, Field, RequestId};
    use bookstore_db::draft::BookInput;
    use bookstore_db::price::Price;

    use super::*;

    fn book(version: i32) -> Book {
        Book {
            id: BookId(1),
            title: "Emma".to_owned(),
            author_first_name: "Jane".to_owned(),
            author_last_name: "Austen".to_owned(),
            avg_customer_reviews: 12,
            price: Price::from_cents(750).unwrap(),
            book_language: "English".to_owned(),
            publisher: "John Murray".to_owned(),
            created_by: "sa".to_owned(),
            created_on: None,
            version,
            request_id: RequestId::random(),
            is_out_of_range: false,
        }
    }

    fn if_match(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_static(value))])
    }

    #[tokio::test]
    async fn write_on_any_version_gives_up_after_many_conflicts() {
        let attempts = Cell::new(0);
        let conflict = |version: i32| {
            attempts.set(attempts.get() + 1);
            // A book whose version has changed at each of the first hundred attempts.
            async move { if version > 100 { Ok(()) } else { Err(Error::Conflict(Box::new(book(version + 1)))) } }
        };
        let result = write(&if_match("*"), &book(1), conflict).await;
        assert!(matches!(&result, Err(Error::Conflict(current)) if current.version == 17), "{result:?}");
        assert_eq!(attempts.get(), MAX_ATTEMPTS);
    }

    #[test]
    fn applied_edit_is_recognised_by_the_version_before_it() {
        let is_applied = |version, value, title: &str| {
            let input = BookInput::from(&book(1)).with(Field::Title, title);
            is_applied(&if_match(value), &book(version), &BookDraft::parse(&input).unwrap())
        };
        for (version, value) in [(2, "\"v1\""), (2, "\"v7\", \"v1\""), (1, "\"v0\""), (1, "\"v2147483647\"")] {
            assert!(is_applied(version, value, "Emma"), "{version} {value}");
            assert!(!is_applied(version, value, "Persuasion"), "{version} {value}");
        }
        for (version, value) in [(2, "\"v2\""), (2, "\"v2147483647\""), (3, "\"v1\""), (2, "*"), (2, "W/\"v1\"")] {
            assert!(!is_applied(version, value, "Emma"), "{version} {value}");
        }
    }
}
