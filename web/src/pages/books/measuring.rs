//! Entry points for `bench/instructions`.

use bookstore_db::identity::LoginState;
use bookstore_db::list::BookPage;

use super::list;
use super::query::ListQuery;
use crate::http::page_cache::PageOrRedirect;
use crate::view::currency::Currency;

/// Renders the first page of the list. Returns whether it is a page.
pub fn list_page(page: &BookPage, login: &LoginState) -> bool {
    let rendered = list::render(page, login, ListQuery::default(), None, Currency::new("$"));
    matches!(rendered, Ok(PageOrRedirect::Page(_)))
}
