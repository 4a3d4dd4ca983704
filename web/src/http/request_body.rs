//! Receives a request's body before the request takes a slot: a slow sender must not keep others out.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

/// Reads the body to its end, within the size limit of an outer layer, and passes the request on. Answers 408 if the
/// body does not arrive within `limit`, and 413 if it is too large.
pub(crate) async fn receive(State(limit): State<Duration>, request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let mut unread = Request::new(body);
    // They hold the size limit; without it axum's 2 MiB apply.
    unread.extensions_mut().clone_from(&parts.extensions);
    match timeout(limit, Bytes::from_request(unread, &())).await {
        Ok(Ok(bytes)) => next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Ok(Err(rejection)) => rejection.into_response(),
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}
