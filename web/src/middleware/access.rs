//! What is written down of each request: one log line and the metrics.

use std::collections::HashMap;
use std::sync::{LazyLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use tracing::{Span, debug, error, info, info_span};

use crate::error::Cause;
use crate::metrics::{REQUEST_SECONDS, REQUESTS, REQUESTS_RUNNING};

/// A request that runs, until it is answered or given up by its client.
pub(super) struct Running {
    started: Instant,
    method: &'static str,
    route: Option<MatchedPath>,
    span: Span,
}

impl Running {
    /// Begins to count it, and opens a span that carries its id.
    pub(super) fn of(id: &HeaderValue, request: &Request) -> Self {
        RUNNING.increment(1);
        let method = method(request.method());
        let id = id.to_str().unwrap_or_default();
        let span = info_span!("request", id, method, path = request.uri().path());
        Self { started: Instant::now(), method, route: request.extensions().get().cloned(), span }
    }

    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Counts its outcome and logs it.
    pub(super) fn answered(self, response: &Response) {
        let took = self.started.elapsed();
        count(self.method, self.route.as_ref(), response.status(), took);
        self.span.in_scope(|| log(response, took));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.decrement(1);
    }
}

static RUNNING: LazyLock<Gauge> = LazyLock::new(|| gauge!(REQUESTS_RUNNING));

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
