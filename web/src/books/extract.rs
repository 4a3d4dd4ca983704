//! What handlers take from a request, with failures that become pages.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use bookstore_db::book::BookId;
use serde::de::DeserializeOwned;

use crate::error::Failure;

/// The book that the path names. What is not a number names no book.
pub(super) struct PathId(pub(super) BookId);

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let id = Path::<i32>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(BookId(id))).map_err(|_| Failure::NOT_FOUND)
    }
}

/// The fields of a posted form.
pub(super) struct Fields<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Fields<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        match Form::from_request(request, state).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            // Not a matter of what a person wrote in a field: 422 is kept for that.
            Err(FormRejection::FailedToDeserializeFormBody(_)) => Err(Failure::Request(StatusCode::BAD_REQUEST)),
            Err(rejection) => Err(Failure::Request(rejection.status())),
        }
    }
}
