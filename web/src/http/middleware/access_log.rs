//! The log line and the metrics of each request.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use metrics::{
    Counter, Gauge, Histogram, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use tracing::{Level, debug, enabled, error, info};

use bookstore_db::unavailable_reason::UnavailableReason;

use super::failure_sampling::FailureSampling;
use crate::http::current_request::CurrentRequest;
use crate::http::error::ErrorCause;
use crate::traces::{ServerSpan, TraceContext};

const REQUESTS: &str = "http_requests_total";
const REQUEST_SECONDS: &str = "http_request_duration_seconds";
const REQUESTS_IN_FLIGHT: &str = "http_requests_in_flight";

/// Sets the help texts of the metrics. Call it after the recorder is installed.
pub(crate) fn describe_metrics() {
    describe_counter!(REQUESTS, "Requests answered, by method, route and status");
    describe_histogram!(
        REQUEST_SECONDS,
        "Time from a request's head to its response's head, by method, route and status"
    );
    describe_gauge!(REQUESTS_IN_FLIGHT, "Requests being handled now");
}

/// A request being handled, until it is answered or its client goes away.
pub(super) struct RunningRequest {
    started: Instant,
    request: Arc<CurrentRequest>,
    route: Option<MatchedPath>,
    trace: ServerSpan,
}

impl RunningRequest {
    /// Counts the request as running and opens its span in the trace.
    pub(super) fn start(id: &HeaderValue, request: &Request) -> Self {
        IN_FLIGHT.increment(1);
        let method = method_label(request.method());
        let route: Option<MatchedPath> = request.extensions().get().cloned();
        let trace = ServerSpan::start(request, route.as_ref().map(MatchedPath::as_str), id);
        let (id, uri, trace_id) = (id.clone(), request.uri().clone(), trace.trace_id());
        let request = Arc::new(CurrentRequest { id, method, uri, trace_id });
        Self { started: Instant::now(), request, route, trace }
    }

    pub(super) fn request(&self) -> Arc<CurrentRequest> {
        Arc::clone(&self.request)
    }

    pub(super) fn trace(&self) -> TraceContext {
        self.trace.context()
    }

    /// Counts and logs its response.
    pub(super) fn finish(mut self, response: &Response) {
        let duration = self.started.elapsed();
        // The route's pattern, never the path, which any visitor can make up.
        let route = self.route.as_ref().map_or("none", MatchedPath::as_str);
        let metrics = request_metrics(self.request.method, route, response.status());
        metrics.requests.increment(1);
        metrics.seconds.record(duration);
        log(&self.request, response, duration);
        let reason = response.extensions().get::<ErrorCause>().and_then(|cause| cause.reason);
        std::mem::take(&mut self.trace).finish(response.status(), reason.map(UnavailableReason::code));
    }
}

impl Drop for RunningRequest {
    fn drop(&mut self) {
        IN_FLIGHT.decrement(1);
    }
}

static SAMPLING: LazyLock<FailureSampling> = LazyLock::new(FailureSampling::default);

static IN_FLIGHT: LazyLock<Gauge> = LazyLock::new(|| gauge!(REQUESTS_IN_FLIGHT));

/// An error of the shop or its database is logged with its cause; an outage at most ten times a second. A refused
/// request is logged at info level, since people ask about it. A successful one is counted by the metrics and logged
/// only at debug level: such lines would be most of the log.
fn log(request: &Arc<CurrentRequest>, response: &Response, duration: Duration) {
    let status = response.status().as_u16();
    let milliseconds = duration.as_secs_f64() * 1e3;
    let cause = response.extensions().get::<ErrorCause>();
    if cause.is_some() || response.status().is_server_error() {
        let reason = cause.and_then(|cause| cause.reason);
        // Without a reason each line may have a cause of its own, which the client's request id has to find.
        let Some(suppressed) = reason.map_or(Some(0), |reason| SAMPLING.admit(reason, Instant::now())) else { return };
        let (reason, cause) = (reason.map(UnavailableReason::code), cause.map(|cause| &*cause.text));
        let suppressed = Some(suppressed).filter(|suppressed| *suppressed > 0);
        request.run_sync(|| error!(status, milliseconds, reason, cause, suppressed, "failed"));
    } else if response.status().is_client_error() {
        request.run_sync(|| info!(status, milliseconds, "refused"));
    } else if enabled!(Level::DEBUG) {
        request.run_sync(|| debug!(status, milliseconds, "answered"));
    }
}

/// The metrics of one method, route and status.
#[derive(Clone)]
struct RequestMetrics {
    requests: Counter,
    seconds: Histogram,
}

/// Keeps the metrics in use: looking one up by its three labels costs more than counting. Their number is bounded,
/// since methods, routes and statuses are the program's own.
fn request_metrics(method: &'static str, route: &str, status: StatusCode) -> RequestMetrics {
    type Known = HashMap<(&'static str, StatusCode), HashMap<String, RequestMetrics>>;
    static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(metrics) = known.get(&(method, status)).and_then(|routes| routes.get(route)) {
        return metrics.clone();
    }
    drop(known);
    let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.as_str().to_owned())];
    let metrics =
        RequestMetrics { requests: counter!(REQUESTS, &labels), seconds: histogram!(REQUEST_SECONDS, &labels) };
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.entry((method, status)).or_default().insert(route.to_owned(), metrics.clone());
    metrics
}

/// A known method, or `other`: a client can send any word as a method.
fn method_label(method: &Method) -> &'static str {
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
