//! Entry points of the fuzz targets: what a browser can send.

use bookstore_db::draft::BookDraft;

use super::form::BookForm;
use super::query::ListQuery;

/// Parses a submitted form and checks its fields.
pub fn book_form(body: &[u8]) {
    let Some(form) = BookForm::parse(body) else { return };
    for input in [Some(form.input()), form.base()].into_iter().flatten() {
        // Most drafts break a rule; that none panics is the property.
        let _ = BookDraft::parse(&input);
    }
    let _ = (form.request_id(), form.version());
}

/// Parses the query of the list's address, and its normalized form again.
///
/// # Panics
/// If the normalized form means something else.
pub fn list_query(query: &str) {
    let parsed = ListQuery::parse(query);
    let href = parsed.href();
    let (_, normalized) = href.split_once('?').unwrap_or_default();
    assert!(ListQuery::parse(normalized) == parsed, "{normalized:?} is not what {query:?} means");
    let _ = (parsed.title(), parsed.last_page(i64::MAX - 100), ListQuery::of_link(query));
}
