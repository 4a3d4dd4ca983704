//! Turns bare refusals – of the router, of an extractor, of another layer – into something that a client can read: a page, or
//! problem+json under `/api/`. What a handler said itself stays.

use std::any::Any;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::api::Problem;
use crate::app::AppState;
use crate::error::{Cause, error_page};

/// When to come back after a 503, in seconds: the shop expects to be well soon.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");

/// Gives a bare refusal its text, and every 503 its Retry-After.
pub(super) fn explain(state: &AppState, api: bool, mut response: Response) -> Response {
    if bare(&response) {
        response = dress(response, (!api).then_some(state));
    }
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(RETRY_AFTER);
    }
    response
}

/// The answer to a request whose handler panicked; `telemetry` has logged where.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Cause("panic".into()));
    response
}

fn bare(response: &Response) -> bool {
    let status = response.status();
    let said = |kind: &HeaderValue| {
        [&b"text/html"[..], b"application/problem+json"].iter().any(|own| kind.as_bytes().starts_with(own))
    };
    (status.is_client_error() || status.is_server_error())
        && !response.headers().get(header::CONTENT_TYPE).is_some_and(said)
}

/// Only the body is replaced: `Allow` and such stay, and so does what the log needs. Without a state, for a program.
fn dress(bare: Response, page: Option<&AppState>) -> Response {
    let (mut parts, _) = bare.into_parts();
    let mut dressed = match page {
        Some(state) => error_page(state, &parts),
        None => Problem::of(parts.status).into_response(),
    };
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING] {
        parts.headers.remove(name);
    }
    dressed.headers_mut().extend(parts.headers);
    dressed.extensions_mut().extend(parts.extensions);
    dressed
}
