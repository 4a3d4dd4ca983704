//! Redirects from the addresses of the ASP.NET demo that the shop replaces, in any case, as ASP.NET takes them, so that
//! bookmarks keep working. A link never deletes: the demo's delete address leads to the page that asks for
//! confirmation.

use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};

/// The response to a request that no route takes.
pub(crate) async fn redirect_or_not_found(uri: Uri) -> Response {
    match new_address(uri.path()) {
        Some(address) => Redirect::permanent(&address).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn new_address(path: &str) -> Option<String> {
    let path = path.to_ascii_lowercase();
    let rest = path.strip_prefix("/home").filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
    match rest.trim_end_matches('/') {
        "" | "/index" => Some("/".to_owned()),
        "/books" => Some("/books".to_owned()),
        "/create" => Some("/books/new".to_owned()),
        book => {
            let (page, id) = book.strip_prefix('/')?.split_once('/')?;
            let id: i32 = id.parse().ok()?;
            ["edit", "delete"].contains(&page).then(|| format!("/books/{id}/{page}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_address_in_any_case_redirects_to_its_new_one() {
        for (path, address) in [
            ("/Home", "/"),
            ("/home/INDEX", "/"),
            ("/HOME/books", "/books"),
            ("/home/Books/", "/books"),
            ("/Home/Create", "/books/new"),
            ("/home/edit/7", "/books/7/edit"),
            ("/Home/Delete/7", "/books/7/delete"),
        ] {
            assert_eq!(new_address(path).as_deref(), Some(address), "{path}");
        }
    }

    #[test]
    fn old_address_never_redirects_to_another_site() {
        for path in ["/home/edit///elsewhere.example", "/home/nowhere", "/homebooks", "/other/books", "//home"] {
            assert_eq!(new_address(path), None, "{path}");
        }
    }
}
