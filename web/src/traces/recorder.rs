//! Starts spans by the OpenTelemetry SDK.

use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::Request;
use axum::http::HeaderMap;
use opentelemetry::trace::{self, SpanBuilder, SpanContext, TraceContextExt};
use opentelemetry::{Context, global};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};

use super::ids::{random_trace_id, with_trace_id};
use super::sampling::Sampling;
use super::{TraceId, propagation, server_span};

/// How long the end of the program waits for the collector: `BOOKSTORE_DRAIN_TIMEOUT` is over by then, and Kubernetes
/// kills soon.
const FLUSH_LIMIT: Duration = Duration::from_secs(2);

static RECORDER: OnceLock<Recorder> = OnceLock::new();

/// What starts spans.
#[derive(Debug)]
pub(super) struct Recorder {
    pub(super) provider: SdkTracerProvider,
    pub(super) tracer: SdkTracer,
    /// Decides before there is a span. The provider records all spans.
    pub(super) sampling: Sampling,
    /// Whether the trace of a client is continued.
    pub(super) continues_traces: bool,
}

/// Installs the recorder of this process, for the spans of `bookstore_db` too. Returns false if there is one.
pub(super) fn install(recorder: Recorder) -> bool {
    let provider = recorder.provider.clone();
    let is_first = RECORDER.set(recorder).is_ok();
    if is_first {
        global::set_tracer_provider(provider);
    }
    is_first
}

pub(super) fn flush() {
    if let Some(recorder) = RECORDER.get() {
        // The collector's client has not given up by then, and so has logged nothing.
        if recorder.provider.shutdown_with_timeout(FLUSH_LIMIT).is_err() {
            tracing::warn!("the collector did not take the last spans within {FLUSH_LIMIT:?}");
        }
    }
}

pub(super) fn child(parent: &Context, name: &'static str) -> Option<Context> {
    let recorder = RECORDER.get()?;
    Some(parent.with_span(SpanBuilder::from_name(name).start_with_context(&recorder.tracer, parent)))
}

pub(super) fn root(name: &'static str) -> Option<Context> {
    let recorder = RECORDER.get()?;
    let trace_id = random_trace_id();
    let is_recorded = recorder.sampling.records(trace_id, None);
    is_recorded.then(|| recorder.start(SpanBuilder::from_name(name), trace_id, &Context::new()))
}

/// The trace id of a request, and its span if it is sampled.
pub(super) fn server(request: &Request, route: Option<&str>, id: &str) -> Option<(TraceId, Option<Context>)> {
    let recorder = RECORDER.get()?;
    let parent = recorder.parent(request.headers());
    let trace_id = parent.as_ref().map_or_else(random_trace_id, SpanContext::trace_id);
    let span = recorder.sampling.records(trace_id, parent.as_ref()).then(|| {
        let context = parent.map(|parent| Context::new().with_remote_span_context(parent)).unwrap_or_default();
        recorder.start(server_span::builder(request, route, id), trace_id, &context)
    });
    Some((TraceId::from(trace_id), span))
}

impl Recorder {
    /// The span of the client, as `traceparent` and `tracestate` name it.
    fn parent(&self, headers: &HeaderMap) -> Option<SpanContext> {
        self.continues_traces.then(|| propagation::parent(headers)).flatten()
    }

    fn start(&self, span: SpanBuilder, trace_id: trace::TraceId, parent: &Context) -> Context {
        parent.with_span(with_trace_id(trace_id, || span.start_with_context(&self.tracer, parent)))
    }
}
