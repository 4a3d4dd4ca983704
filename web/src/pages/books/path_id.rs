//! The id of the book in a path.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use bookstore_db::book::BookId;

use crate::http::error::HandlerError;

/// The id of the book in the path. Text that is not a number is 404.
pub(crate) struct PathId(pub(crate) BookId);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = HandlerError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, HandlerError> {
        let id = Path::<i32>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(BookId(id))).map_err(|_| HandlerError::NOT_FOUND)
    }
}
