//! What is written down of each request: one log line and the metrics.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use metrics::{Counter, Histogram, counter, gauge, histogram};
use tracing::{Instrument, debug, error, info, info_span};

use crate::error::Cause;
use crate::metrics::{REQUEST_SECONDS, REQUESTS, REQUESTS_RUNNING};

/// Runs the request in a span that carries its id, counts it and logs its outcome.
pub(super) async fn observe<F>(id: &HeaderValue, request: Request, run: impl FnOnce(Request) -> F) -> Response
where
    F: Future<Output = Response>,
{
    let started = Instant::now();
    let _running = Running::start();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let id = id.to_str().unwrap_or_default();
    let span = info_span!("request", id, method, path = request.uri().path());
    let response = run(request).instrument(span.clone()).await;
    let took = started.elapsed();
    count(method, route.as_ref(), response.status(), took);
    span.in_scope(|| log(&response, took));
    response
}

/// A failure of the shop or its database is an error with its cause; a refusal is worth a line, since a person asks about it; what
/// went well is in the metrics, and a line for each would be most of the log.
fn log(response: &Response, took: Duration) {
    let status = response.status().as_u16();
    let milliseconds = took.as_secs_f64() * 1e3;
    let cause = response.extensions().get::<Cause>().map(|Cause(text)| &**text);
    if cause.is_some() || response.status().is_server_error() {
        error!(status, milliseconds, cause, "failed");
    } else if response.status().is_client_error() {
        info!(status, milliseconds, "refused");
    } else {
        debug!(status, milliseconds, "answered");
    }
}

/// By the route's pattern, never by the path, which anyone can make up.
fn count(method: &'static str, route: Option<&MatchedPath>, status: StatusCode, took: Duration) {
    let numbers = numbers(method, route.map_or("none", MatchedPath::as_str), status);
    numbers.requests.increment(1);
    numbers.seconds.record(took);
}

/// What is counted of one kind of request.
#[derive(Clone)]
struct Numbers {
    requests: Counter,
    seconds: Histogram,
}

/// Looked up by three labels made for it, a number costs more than to count; so those in use are kept. They are few: routes, methods
/// and statuses of the program's own.
fn numbers(method: &'static str, route: &str, status: StatusCode) -> Numbers {
    type Known = HashMap<(&'static str, StatusCode), HashMap<String, Numbers>>;
    static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(numbers) = known.get(&(method, status)).and_then(|routes| routes.get(route)) {
        return numbers.clone();
    }
    drop(known);
    let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.as_str().to_owned())];
    let numbers = Numbers { requests: counter!(REQUESTS, &labels), seconds: histogram!(REQUEST_SECONDS, &labels) };
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.entry((method, status)).or_default().insert(route.to_owned(), numbers.clone());
    numbers
}

/// A method can be any word, too.
fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Counts a running request until it is dropped: answered, or given up by its client.
struct Running;

impl Running {
    fn start() -> Self {
        gauge!(REQUESTS_RUNNING).increment(1);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        gauge!(REQUESTS_RUNNING).decrement(1);
    }
}
