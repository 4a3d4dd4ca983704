//! OpenTelemetry traces: with the cargo feature `otel`, if the standard `OTEL_*` variables name a collector. Otherwise
//! nothing here records anything.
//!
//! A sampled request has a server span, which the spans of `bookstore_db::spans` become children of. A request that is
//! not sampled has no spans, only a trace id for its log lines. `recorder` calls the SDK, `exporter` gets its finished
//! spans, `encoding` writes them, and `collector` sends them.

#[cfg(not(feature = "otel"))]
mod absent;
#[cfg(feature = "otel")]
mod collector;
#[cfg(feature = "otel")]
mod encoding;
#[cfg(feature = "otel")]
mod endpoint;
#[cfg(feature = "otel")]
mod exporter;
#[cfg(feature = "otel")]
mod headers;
#[cfg(feature = "otel")]
mod ids;
#[cfg(feature = "otel")]
mod layer;
#[cfg(feature = "otel")]
mod propagation;
#[cfg(feature = "otel")]
mod recorder;
#[cfg(feature = "otel")]
mod server_span;
#[cfg(feature = "otel")]
mod settings;
#[cfg(feature = "otel")]
mod start;

use std::ffi::OsString;
use std::fmt;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};

use axum::extract::Request;
use axum::http::StatusCode;
use pin_project_lite::pin_project;
use tracing_subscriber::{Layer, Registry};
use uuid::Uuid;
use uuid::fmt::Simple;

#[cfg(not(feature = "otel"))]
use absent as backend;
#[cfg(feature = "otel")]
use recorder as backend;

/// The layer that exports spans; it is the first one on the registry.
pub(crate) type TraceLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// What [`start()`] found, for the log, which starts later.
#[derive(Debug)]
pub(crate) enum TraceState {
    /// Traces are sent to this address; the notes are about variables without effect.
    #[cfg(feature = "otel")]
    On { address: String, notes: Vec<String> },
    /// No variable asks for traces.
    Off,
    /// Variables ask for traces, and this is why there are none.
    Refused(String),
}

impl TraceState {
    pub(crate) fn log(&self) {
        #[cfg(feature = "otel")]
        if let Self::On { address, .. } = self {
            tracing::info!("sending traces to {address}");
        }
        self.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
    }

    /// What is wrong with the variables.
    pub(crate) fn warnings(&self) -> Vec<String> {
        match self {
            #[cfg(feature = "otel")]
            Self::On { notes, .. } => notes.iter().map(|note| format!("traces: {note}")).collect(),
            Self::Off => Vec::new(),
            Self::Refused(why) => vec![format!("no traces are sent: {why}")],
        }
    }
}

/// Starts recording, once per process, with the settings from `lookup`. The SDK reads more of the standard variables
/// itself.
pub(crate) fn start(lookup: impl Fn(&str) -> Option<OsString>) -> (Option<TraceLayer>, TraceState) {
    #[cfg(feature = "otel")]
    return start::start(lookup);
    #[cfg(not(feature = "otel"))]
    return (None, absent::state(lookup));
}

/// Runs the last work of the program, and sends the spans that are not sent then. A collector that does not answer
/// delays this by two seconds at most.
pub(crate) async fn and_flush<T>(work: impl Future<Output = T>) -> T {
    let result = work.await;
    // It blocks. A thread that hangs does not delay the end of the program either.
    drop(tokio::task::spawn_blocking(backend::flush).await);
    result
}

/// A span that work belongs to, or none. Clones are the same span.
#[derive(Clone, Debug, Default)]
pub(crate) struct TraceContext(Option<backend::Context>);

impl TraceContext {
    /// The span of the work that calls this.
    pub(crate) fn current() -> Self {
        Self(backend::current())
    }

    /// Takes the span of the caller if there is none yet.
    pub(crate) fn adopt_current(&mut self) {
        if self.0.is_none() {
            *self = Self::current();
        }
    }

    /// Runs work in this span.
    pub(crate) fn run<F: Future>(self, work: F) -> InContext<F> {
        InContext { context: self, work }
    }

    /// Links the span of the caller to this one, unless this one is its child.
    pub(crate) fn link_from_current(&self) {
        if let Some(span) = &self.0 {
            backend::link_from_current(span);
        }
    }

    /// The id of its trace.
    pub(crate) fn trace_id(&self) -> Option<TraceId> {
        self.0.as_ref().map(backend::trace_id)
    }
}

/// The id of a trace. It is shown as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceId(u128);

impl TraceId {
    /// Bytes of its text.
    pub(crate) const LENGTH: usize = Simple::LENGTH;

    /// Its text, in the buffer. Faster than a formatter, for the log span of each request.
    pub(crate) fn encode(self, buffer: &mut [u8; Self::LENGTH]) -> &str {
        Uuid::from_u128(self.0).simple().encode_lower(buffer)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.encode(&mut [0; Self::LENGTH]))
    }
}

/// A span that ends when this is dropped.
#[derive(Debug, Default)]
pub(crate) struct OpenSpan(TraceContext);

impl OpenSpan {
    /// Starts a child of the span of the caller; none if the caller has none.
    pub(crate) fn child(name: &'static str) -> Self {
        Self(TraceContext(backend::current().map(|parent| backend::child(&parent, name))))
    }

    /// Starts a trace, if it is sampled.
    pub(crate) fn root(name: &'static str) -> Self {
        Self(TraceContext(backend::root(name)))
    }

    pub(crate) fn context(&self) -> TraceContext {
        self.0.clone()
    }

    /// Marks the span as failed, for a reason from a small set.
    pub(crate) fn fail(&self, reason: &str) {
        if let Some(span) = &self.0.0 {
            backend::fail(span, reason);
        }
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        if let Some(span) = &self.0.0 {
            backend::end(span);
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
    pub(crate) fn start(request: &Request, route: Option<&str>, request_id: &str) -> Self {
        let Some((trace_id, span)) = backend::server(request, route, request_id) else { return Self::default() };
        Self { trace_id: Some(trace_id), span: OpenSpan(TraceContext(span)) }
    }

    pub(crate) fn trace_id(&self) -> Option<TraceId> {
        self.trace_id
    }

    pub(crate) fn context(&self) -> TraceContext {
        self.span.context()
    }

    /// Ends the span with the status of the response and the reason of an error.
    pub(crate) fn finish(self, status: StatusCode, reason: Option<&'static str>) {
        if let Some(span) = &self.span.0.0 {
            backend::record_response(span, status, reason);
        }
    }
}

pin_project! {
    /// Work that runs in a span.
    #[derive(Debug)]
    pub(crate) struct InContext<F> {
        context: TraceContext,
        #[pin]
        work: F,
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _attached = this.context.0.as_ref().map(backend::attach);
        this.work.poll(task)
    }
}
