//! What surrounds every route. The order is in `routes.rs`.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::AppState;

pub(crate) mod access;
pub(crate) mod compression;
pub(crate) mod failure;
pub(crate) mod headers;
pub(crate) mod one_store;
pub(crate) mod request_id;

/// The outermost of them together, since each layer of its own costs every request a copy of all that is in it: an id, a log line and
/// the metrics, one store, a text for whatever refused with a bare status, and the headers of every answer.
pub(crate) async fn outermost(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let id = request_id::of(&mut request);
    let api = request.uri().path().starts_with("/api/");
    let answer = async |request| failure::explain(&state, api, next.run(request).await);
    let mut response = access::observe(&id, request, |request| one_store::keep(&state, answer(request))).await;
    headers::secure(response.headers_mut());
    response.headers_mut().insert(request_id::HEADER, id);
    response
}
