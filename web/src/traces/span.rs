//! The spans of this crate: of requests, of shared reads, and of whole commands.

use std::fmt;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use opentelemetry::trace::{SpanId, SpanRef, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue, Value};
use pin_project_lite::pin_project;

use super::backend;

/// A span that work belongs to, or none. Clones are the same span.
#[derive(Clone, Debug, Default)]
pub(crate) struct TraceContext {
    context: Option<Context>,
    /// The span that this one was started in by [`OpenSpan::child`].
    parent: Option<SpanId>,
}

impl TraceContext {
    fn new(context: Option<Context>) -> Self {
        Self { context, parent: None }
    }

    /// The span of the work that calls this.
    pub(crate) fn current() -> Self {
        Self::new(Context::map_current(|context| is_recorded(context).then(|| context.clone())))
    }

    /// Takes the span of the caller if there is none yet.
    pub(crate) fn adopt_current(&mut self) {
        if self.context.is_none() {
            *self = Self::current();
        }
    }

    /// Runs work in this span.
    pub(crate) fn run<F: Future>(self, work: F) -> InContext<F> {
        InContext { context: self.context, work }
    }

    /// Links the span of the caller to this one, unless this one is its child.
    pub(crate) fn link_from_current(&self) {
        let Some(span) = self.span() else { return };
        Context::map_current(|current| {
            let is_parent = self.parent == Some(current.span().span_context().span_id());
            if is_recorded(current) && !is_parent {
                current.span().add_link(span.span_context().clone(), Vec::new());
            }
        });
    }

    /// The id of its trace.
    pub(crate) fn trace_id(&self) -> Option<TraceId> {
        self.span().map(|span| span.span_context().trace_id().into())
    }

    fn span(&self) -> Option<SpanRef<'_>> {
        self.context.as_ref().map(Context::span)
    }
}

fn is_recorded(context: &Context) -> bool {
    context.span().span_context().is_sampled()
}

/// The id of a trace. It is shown as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceId(u128);

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl From<opentelemetry::TraceId> for TraceId {
    fn from(id: opentelemetry::TraceId) -> Self {
        Self(u128::from_be_bytes(id.to_bytes()))
    }
}

/// A span that ends when this is dropped.
#[derive(Debug, Default)]
pub(crate) struct OpenSpan(TraceContext);

impl OpenSpan {
    /// Starts a child of the span of the caller; none if the caller has none.
    pub(crate) fn child(name: &'static str) -> Self {
        let Some(parent) = TraceContext::current().context else { return Self::default() };
        let id = parent.span().span_context().span_id();
        Self(TraceContext { context: backend::child(&parent, name), parent: Some(id) })
    }

    /// Starts a trace, if it is sampled.
    pub(crate) fn root(name: &'static str) -> Self {
        Self(TraceContext::new(backend::root(name)))
    }

    pub(crate) fn context(&self) -> TraceContext {
        self.0.clone()
    }

    /// Marks the span as failed, for a reason from a small set.
    pub(crate) fn fail(&self, reason: &str) {
        if let Some(span) = self.0.span() {
            span.set_attribute(KeyValue::new("error.type", Value::from(reason.to_owned())));
            span.set_status(Status::error(""));
        }
    }

    /// Marks the span as failed if this status is an error of the server, with its reason if there is one. By the
    /// conventions, errors of the client are not errors of the server.
    pub(crate) fn fail_if_server_error(&self, status: StatusCode, reason: Option<&'static str>) {
        if status.is_server_error() {
            self.fail(reason.unwrap_or(status.as_str()));
        }
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        if let Some(span) = self.0.span() {
            span.end();
        }
    }
}

/// The server span of a request, which continues the trace of the client.
#[derive(Debug, Default)]
pub(crate) struct ServerSpan {
    /// Known for a request that is not sampled, too.
    trace_id: Option<TraceId>,
    span: OpenSpan,
}

impl ServerSpan {
    /// Starts the span of a request with this route and this request id.
    pub(crate) fn start(request: &Request, route: Option<&str>, request_id: &HeaderValue) -> Self {
        let request_id = request_id.to_str().unwrap_or_default();
        let Some((trace_id, span)) = backend::server(request, route, request_id) else { return Self::default() };
        Self { trace_id: Some(trace_id), span: OpenSpan(TraceContext::new(span)) }
    }

    pub(crate) fn trace_id(&self) -> Option<TraceId> {
        self.trace_id
    }

    pub(crate) fn context(&self) -> TraceContext {
        self.span.context()
    }

    /// Ends the span with the status of the response and the reason of an error.
    pub(crate) fn finish(self, status: StatusCode, reason: Option<&'static str>) {
        let Some(span) = self.span.0.span() else { return };
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status.as_u16())));
        self.span.fail_if_server_error(status, reason);
    }
}

pin_project! {
    /// Work that runs in a span.
    #[derive(Debug)]
    pub(crate) struct InContext<F> {
        context: Option<Context>,
        #[pin]
        work: F,
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _attached = this.context.clone().map(Context::attach);
        this.work.poll(task)
    }
}
