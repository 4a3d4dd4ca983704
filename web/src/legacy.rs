//! The addresses of the demo that the shop replaces lead to the new ones, so that bookmarks keep working. A link never deletes:
//! the old delete address leads to the page that asks first.

use axum::Router;
use axum::extract::Path;
use axum::response::Redirect;
use axum::routing::get;

use crate::app::AppState;
use crate::error::Failure;

pub(crate) fn router() -> Router<AppState> {
    Router::new()
        .route("/Home", get(async || Redirect::permanent("/")))
        .route("/Home/Index", get(async || Redirect::permanent("/")))
        .route("/Home/Books", get(async || Redirect::permanent("/books")))
        .route("/Home/Create", get(async || Redirect::permanent("/books/new")))
        .route("/Home/Edit/{id}", get(async |Path(id): Path<String>| to_book(&id, "edit")))
        .route("/Home/Delete/{id}", get(async |Path(id): Path<String>| to_book(&id, "delete")))
}

fn to_book(id: &str, page: &str) -> Result<Redirect, Failure> {
    let id: i32 = id.parse().map_err(|_| Failure::NOT_FOUND)?;
    Ok(Redirect::permanent(&format!("/books/{id}/{page}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::LOCATION;
    use axum::response::IntoResponse;

    #[test]
    fn an_old_address_of_a_book_leads_to_its_new_one() {
        let response = to_book("7", "edit").into_response();
        assert_eq!(
            (response.status().as_u16(), &response.headers()[LOCATION]),
            (308, &"/books/7/edit".parse().unwrap())
        );
    }

    #[test]
    fn an_old_address_leads_nowhere_else() {
        assert!(to_book("//elsewhere.example", "edit").is_err());
    }
}
