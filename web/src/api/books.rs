//! The books: list, create, read, replace, delete.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bookstore_db::book::{Book, BookId};
use bookstore_db::identity::LoginState;
use bookstore_db::list::BookPage;
use bookstore_db::store::Store;

use super::body::BookBody;
use super::if_match::{check_if_match, is_applied, write};
use super::list::ListParams;
use super::problem::Problem;
use super::representation::{BookJson, BookList, etag};
use super::responses::{BodyErrors, DatabaseErrors, NotFound, VersionErrors};
use crate::http::error::HandlerError;
use crate::http::page_cache::PageOrRedirect;
use crate::http::rendered_page::{RenderedPage, RequestConditions};
use crate::pages::books::query::ListQuery;
use crate::state::AppState;

type Id = Result<Path<String>, PathRejection>;

/// List books.
#[utoipa::path(get, path = "/api/v1/books", operation_id = "listBooks", tag = "books", params(
    ListParams,
    ("If-None-Match" = Option<String>, Header, description = "The ETag of the page that you have"),
), responses(
    (status = 200, description = "A page of books, with its ETag", body = BookList,
        headers(("ETag" = String, description = "Changes with the page"))),
    (status = 304, description = "The page has not changed"),
    (status = 400, description = "A parameter is unknown or invalid", body = Problem,
        content_type = "application/problem+json"),
    DatabaseErrors,
))]
pub(crate) async fn list(
    State(state): State<Arc<AppState>>,
    params: Result<Query<ListParams>, QueryRejection>,
    conditions: RequestConditions,
) -> Result<Response, Problem> {
    let Query(params) = params?;
    let request = params.request()?;
    let (page, size) = (request.page, request.page_size);
    let address = format!("/api/v1{}", ListQuery::from(request.clone()).href());
    let read = move |store: Arc<Store>| async move { store.list(&request).await };
    let render = move |books: &BookPage, _: &LoginState| -> Result<PageOrRedirect, HandlerError> {
        Ok(RenderedPage::json(&BookList::new(books, page, size))?.into())
    };
    Ok(state.pages.get(state.store(), address, read, render).await?.respond(&conditions))
}

/// The headers of a request that creates a book, for the document.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "BookBody::request_id_or_new reads the header")]
struct CreateHeaders {
    /// A UUID that makes the request safe to repeat.
    #[param(rename = "Idempotency-Key", required = false)]
    idempotency_key: uuid::Uuid,
}

/// Create a book.
///
/// With an Idempotency-Key, or a requestId in the body, a repeated request returns the book that the first one created,
/// as long as that book exists. After the book is deleted, the same request creates it again.
#[utoipa::path(post, path = "/api/v1/books", operation_id = "createBook", tag = "books", request_body = BookBody, params(
    CreateHeaders
), responses(
    (status = 201, description = "The book, with its ETag and its Location", body = BookJson, headers(
        ("ETag" = String, description = "The version of the book"),
        ("Location" = String, description = "The path of the book"),
    )),
    (status = 409, description = "The key created a book that differs, at Location", body = Problem,
        content_type = "application/problem+json",
        headers(("Location" = String, description = "The path of that book"))),
    BodyErrors, DatabaseErrors,
))]
pub(crate) async fn create(
    State(state): State<Arc<AppState>>,
    headers: HeaderMap,
    body: BookBody,
) -> Result<Response, Problem> {
    let (id, draft) = (body.request_id_or_new(&headers)?, body.draft()?);
    let book = state.store().create(&draft, id).await?;
    let location = [(header::LOCATION, format!("/api/v1/books/{}", book.id))];
    Ok((StatusCode::CREATED, location, with_etag(book)).into_response())
}

/// Read a book.
#[utoipa::path(get, path = "/api/v1/books/{id}", operation_id = "readBook", tag = "books", params(
    ("id" = i32, Path, description = "The book's id"),
    ("If-None-Match" = Option<String>, Header, description = "The ETag of the book that you have"),
), responses(
    (status = 200, description = "The book, with its ETag", body = BookJson,
        headers(("ETag" = String, description = "The version of the book"))),
    (status = 304, description = "The book has not changed"),
    NotFound, DatabaseErrors,
))]
pub(crate) async fn read(
    State(state): State<Arc<AppState>>,
    id: Id,
    conditions: RequestConditions,
) -> Result<Response, Problem> {
    let id = book_id(id)?;
    let read = move |store: Arc<Store>| async move { store.get(id).await };
    let render = |book: &Book, _: &LoginState| -> Result<PageOrRedirect, HandlerError> {
        // The version, not a hash: edits and deletes have to name it.
        let etag = etag(book.version).ok_or(HandlerError::Request(StatusCode::INTERNAL_SERVER_ERROR))?;
        Ok(RenderedPage::tagged_json(&BookJson::from(book.clone()), etag)?.into())
    };
    let page = state.pages.get(state.store(), format!("/api/v1/books/{id}"), read, render).await?;
    Ok(page.respond(&conditions))
}

/// Replace a book, if nobody has changed it since you read it.
///
/// A request that is sent again after it was applied returns the book, so two clients that send the same text at once
/// both succeed.
#[utoipa::path(put, path = "/api/v1/books/{id}", operation_id = "replaceBook", tag = "books", request_body = BookBody, params(
    ("id" = i32, Path, description = "The book's id"),
    ("If-Match" = String, Header, description = "The ETag of the book that you have, or *"),
), responses(
    (status = 200, description = "The edited book, with its ETag", body = BookJson,
        headers(("ETag" = String, description = "The version of the book"))),
    BodyErrors, NotFound, VersionErrors, DatabaseErrors,
))]
pub(crate) async fn replace(
    State(state): State<Arc<AppState>>,
    id: Id,
    headers: HeaderMap,
    body: BookBody,
) -> Result<Response, Problem> {
    body.refuse_request_id()?;
    let (id, draft) = (book_id(id)?, body.draft()?);
    let store = state.store();
    let book = store.get(id).await?;
    match check_if_match(&headers, &book) {
        Ok(()) => Ok(with_etag(write(&headers, &book, |version| store.edit(id, &draft, version)).await?)),
        // The client sends again what the database has done although no reply arrived (RFC 9110, section 13.1.1).
        Err(_) if is_applied(&headers, &book, &draft) => Ok(with_etag(book)),
        Err(problem) => Err(problem),
    }
}

/// Delete a book, if nobody has changed it since you read it.
#[utoipa::path(delete, path = "/api/v1/books/{id}", operation_id = "deleteBook", tag = "books", params(
    ("id" = i32, Path, description = "The book's id"),
    ("If-Match" = String, Header, description = "The ETag of the book that you have, or *"),
), responses(
    (status = 204, description = "The book was deleted"),
    NotFound, VersionErrors, DatabaseErrors,
))]
pub(crate) async fn delete(
    State(state): State<Arc<AppState>>,
    id: Id,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let id = book_id(id)?;
    let store = state.store();
    let book = store.get(id).await?;
    check_if_match(&headers, &book)?;
    write(&headers, &book, |version| store.delete(id, version)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn book_id(id: Id) -> Result<BookId, Problem> {
    let Path(id) = id?;
    let digits = id.strip_prefix('-').unwrap_or(&id);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "The id of a book is a whole number."));
    }
    // A number that is too large for the column is a number nevertheless: no book has it.
    id.parse().map(BookId).map_err(|_| Problem::new(StatusCode::NOT_FOUND, format!("there is no book {id}")))
}

fn with_etag(book: Book) -> Response {
    let etag: HeaderMap = etag(book.version).map(|etag| (header::ETAG, etag)).into_iter().collect();
    (etag, Json(BookJson::from(book))).into_response()
}
