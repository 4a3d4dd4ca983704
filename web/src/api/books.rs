//! The books: list, make, read, replace, delete.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bookstore_db::book::{Book, BookId};

use super::Problem;
use super::body::BookBody;
use super::list::ListQuery;
use super::preconditions::{etag, seen, unchanged};
use super::representation::{BookJson, BookList};
use crate::app::AppState;

type Id = Result<Path<String>, PathRejection>;

/// List books.
#[utoipa::path(get, path = "/api/v1/books", params(ListQuery), responses(
    (status = 200, description = "A page of books", body = BookList),
    (status = 400, description = "A parameter is unknown or wrong", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(state): State<AppState>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<BookList>, Problem> {
    let Query(query) = query?;
    let page = state.store().list(&query.request()?).await?;
    Ok(Json(BookList::new(&page, query.page, query.size)))
}

/// Make a book. With an Idempotency-Key, or requestId in the body, sending it again finds the book that it made.
#[utoipa::path(post, path = "/api/v1/books", request_body = BookBody, params(
    ("Idempotency-Key" = Option<String>, Header, description = "A UUID for this one book"),
), responses(
    (status = 201, description = "The book, with its ETag; Location says where it is", body = BookJson),
    (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The key made another book, at Location", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "The body is too long", body = Problem, content_type = "application/problem+json"),
    (status = 415, description = "The body is not announced as JSON", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Fields are wrong; errors lists them", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: BookBody,
) -> Result<Response, Problem> {
    let (id, draft) = (body.creation_id(&headers)?, body.draft()?);
    let book = state.store().create(&draft, id).await?;
    let location = [(header::LOCATION, format!("/api/v1/books/{}", book.id))];
    Ok((StatusCode::CREATED, location, tagged(book)).into_response())
}

/// Read a book.
#[utoipa::path(get, path = "/api/v1/books/{id}", params(
    ("id" = i32, Path, description = "The book's id"),
    ("If-None-Match" = Option<String>, Header, description = "An ETag that you have"),
), responses(
    (status = 200, description = "The book, with its ETag", body = BookJson),
    (status = 304, description = "The book is as you have it"),
    (status = 404, description = "There is no such book", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn read(State(state): State<AppState>, id: Id, headers: HeaderMap) -> Result<Response, Problem> {
    let book = state.store().get(book_id(id)?).await?;
    if unchanged(&headers, &book) {
        return Ok((StatusCode::NOT_MODIFIED, tag(book.version)).into_response());
    }
    Ok(tagged(book))
}

/// Replace what is said about a book, if it still is as you saw it.
#[utoipa::path(put, path = "/api/v1/books/{id}", request_body = BookBody, params(
    ("id" = i32, Path, description = "The book's id"),
    ("If-Match" = String, Header, description = "The ETag of the book that you saw, or *"),
), responses(
    (status = 200, description = "The book as it is now, with its ETag", body = BookJson),
    (status = 400, description = "The body is not JSON", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "There is no such book", body = Problem, content_type = "application/problem+json"),
    (status = 412, description = "The book has changed; its ETag says to what", body = Problem, content_type = "application/problem+json"),
    (status = 413, description = "The body is too long", body = Problem, content_type = "application/problem+json"),
    (status = 415, description = "The body is not announced as JSON", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "Fields are wrong; errors lists them", body = Problem, content_type = "application/problem+json"),
    (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn replace(
    State(state): State<AppState>,
    id: Id,
    headers: HeaderMap,
    body: BookBody,
) -> Result<Response, Problem> {
    body.refuse_request_id()?;
    let (id, draft) = (book_id(id)?, body.draft()?);
    let version = version_seen(&state, id, &headers).await?;
    Ok(tagged(state.store().edit(id, &draft, version).await?))
}

/// Delete a book, if it still is as you saw it.
#[utoipa::path(delete, path = "/api/v1/books/{id}", params(
    ("id" = i32, Path, description = "The book's id"),
    ("If-Match" = String, Header, description = "The ETag of the book that you saw, or *"),
), responses(
    (status = 204, description = "The book is gone"),
    (status = 404, description = "There is no such book", body = Problem, content_type = "application/problem+json"),
    (status = 412, description = "The book has changed; its ETag says to what", body = Problem, content_type = "application/problem+json"),
    (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json"),
    (status = 503, description = "The database is not available", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn delete(State(state): State<AppState>, id: Id, headers: HeaderMap) -> Result<StatusCode, Problem> {
    let id = book_id(id)?;
    let version = version_seen(&state, id, &headers).await?;
    state.store().delete(id, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn book_id(id: Id) -> Result<BookId, Problem> {
    let Path(id) = id?;
    let digits = id.strip_prefix('-').unwrap_or(&id);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "A book's id is a whole number."));
    }
    // A number that is too large for the column is a number all the same: no book has it.
    let none = || Problem::new(StatusCode::NOT_FOUND, format!("there is no book {id}"));
    id.parse().map(BookId).map_err(|_| none())
}

/// The version that the client saw. It is read here to compare it with any form of If-Match; the statement compares it again, so an
/// edit in between is found too.
async fn version_seen(state: &AppState, id: BookId, headers: &HeaderMap) -> Result<i32, Problem> {
    let book = state.store().get(id).await?;
    seen(headers, &book)?;
    Ok(book.version)
}

fn tag(version: i32) -> HeaderMap {
    etag(version).map(|tag| (header::ETAG, tag)).into_iter().collect()
}

fn tagged(book: Book) -> Response {
    (tag(book.version), Json(BookJson::from(book))).into_response()
}
