//! Starts spans by the OpenTelemetry SDK.

use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::Request;
use axum::http::HeaderMap;
use opentelemetry::trace::{self, SpanBuilder, SpanKind, TraceContextExt};
use opentelemetry::{Context, global};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SdkTracer, SdkTracerProvider, ShouldSample};

use super::ids::{random_trace_id, with_trace_id};
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
    /// Decides before there is a span. The provider has none of its own.
    pub(super) sampler: Sampler,
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
        // An error means that the collector got nothing, which the collector's client has logged.
        drop(recorder.provider.shutdown_with_timeout(FLUSH_LIMIT));
    }
}

pub(super) fn child(parent: &Context, name: &'static str) -> Option<Context> {
    let recorder = RECORDER.get()?;
    Some(parent.with_span(SpanBuilder::from_name(name).start_with_context(&recorder.tracer, parent)))
}

pub(super) fn root(name: &'static str) -> Option<Context> {
    let recorder = RECORDER.get()?;
    let (trace_id, parent) = (random_trace_id(), Context::new());
    recorder.samples(trace_id, &parent, name, &SpanKind::Internal).then(|| {
        let span = SpanBuilder::from_name(name);
        parent.with_span(with_trace_id(trace_id, || span.start_with_context(&recorder.tracer, &parent)))
    })
}

/// The trace id of a request, and its span if it is sampled.
pub(super) fn server(request: &Request, route: Option<&str>, id: &str) -> Option<(TraceId, Option<Context>)> {
    let recorder = RECORDER.get()?;
    let parent = recorder.parent(request.headers());
    let parent_id = Some(parent.span().span_context().trace_id()).filter(|id| *id != trace::TraceId::INVALID);
    let trace_id = parent_id.unwrap_or_else(random_trace_id);
    let span = recorder.samples(trace_id, &parent, "request", &SpanKind::Server).then(|| {
        let span = server_span::builder(request, route, id);
        parent.with_span(with_trace_id(trace_id, || span.start_with_context(&recorder.tracer, &parent)))
    });
    Some((TraceId::from(trace_id), span))
}

impl Recorder {
    /// The span of the client, as `traceparent` and `tracestate` name it.
    fn parent(&self, headers: &HeaderMap) -> Context {
        if self.continues_traces { propagation::parent(headers) } else { Context::new() }
    }

    fn samples(&self, trace_id: trace::TraceId, parent: &Context, name: &str, kind: &SpanKind) -> bool {
        let result = self.sampler.should_sample(Some(parent), trace_id, name, kind, &[], &[]);
        result.decision == SamplingDecision::RecordAndSample
    }
}
