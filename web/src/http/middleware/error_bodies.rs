//! Bodies of error responses: the router, extractors and other layers return errors without one. They get a page, or
//! problem+json under `/api/`. A response with a body of the shop's own stays as it is.

use std::any::Any;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use bookstore_db::unavailable_reason::UnavailableReason;

use crate::api::problem::Problem;
use crate::http::current_request::CurrentRequest;
use crate::http::error::ErrorCause;
use crate::state::AppState;
use crate::view::error_page::error_page;

/// When a client should retry after a 503, in seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");
/// The same where somebody has to act before a retry can succeed.
const RETRY_AFTER_REPAIR: HeaderValue = HeaderValue::from_static("15");

/// Replaces bare error bodies with a page or problem+json and adds Retry-After to every 503.
pub(super) fn add_body(state: &AppState, is_api: bool, request: &CurrentRequest, mut response: Response) -> Response {
    if is_bare_error(&response) {
        response = replace_body(response, (!is_api).then_some((state, request)));
    }
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        let reason = response.extensions().get::<ErrorCause>().and_then(|cause| cause.reason);
        let retry_after = if reason.is_some_and(needs_repair) { RETRY_AFTER_REPAIR } else { RETRY_AFTER };
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(retry_after);
    }
    response
}

fn needs_repair(reason: UnavailableReason) -> bool {
    match reason {
        UnavailableReason::LoginRefused
        | UnavailableReason::NoTicket
        | UnavailableReason::CertificateRefused
        | UnavailableReason::NotEncrypted
        | UnavailableReason::KerberosRequired
        | UnavailableReason::Unsupported
        | UnavailableReason::ProgramFault
        | UnavailableReason::NoSchema
        | UnavailableReason::StorageFull => true,
        UnavailableReason::Unreachable
        | UnavailableReason::Starting
        | UnavailableReason::TimedOut
        | UnavailableReason::Locked
        | UnavailableReason::Overloaded
        | UnavailableReason::AllConnectionsBusy => false,
    }
}

/// The response to a request whose handler panicked. The panic hook in `server/telemetry.rs` has logged the panic.
pub(crate) fn panicked(_: Box<dyn Any + Send>) -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(ErrorCause { text: "panic".into(), reason: None });
    response
}

fn is_bare_error(response: &Response) -> bool {
    let status = response.status();
    let is_own = |content_type: &HeaderValue| {
        let own = [&b"text/html"[..], b"application/problem+json"];
        own.iter().any(|own| content_type.as_bytes().starts_with(own))
    };
    (status.is_client_error() || status.is_server_error())
        && !response.headers().get(header::CONTENT_TYPE).is_some_and(is_own)
}

/// Keeps the headers, such as `Allow`, and the extensions, which the log needs. Without a page's state and request, the
/// new body is problem+json.
fn replace_body(bare: Response, page: Option<(&AppState, &CurrentRequest)>) -> Response {
    let (mut parts, _) = bare.into_parts();
    let mut response = match page {
        Some((state, request)) => error_page(state, request, &parts),
        None => Problem::of(parts.status).into_response(),
    };
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING] {
        parts.headers.remove(name);
    }
    response.headers_mut().extend(parts.headers);
    response.extensions_mut().extend(parts.extensions);
    response
}
