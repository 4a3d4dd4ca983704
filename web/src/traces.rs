//! OpenTelemetry traces: with the cargo feature `otel`, if the standard `OTEL_*` variables name a collector. Otherwise
//! nothing here records anything.
//!
//! A sampled request has a server span, which the spans of `bookstore_db` become children of. A request that is not
//! sampled has no spans, only a trace id for its log lines. `recorder` starts the spans of `span` by the SDK, `span_queue`
//! gets the finished ones, `encoding` writes them, `batches` collects them, and `collector` sends them.

#[cfg(not(feature = "otel"))]
mod absent;
#[cfg(feature = "otel")]
mod batches;
#[cfg(feature = "otel")]
mod collector;
#[cfg(feature = "otel")]
mod encoding;
#[cfg(feature = "otel")]
mod endpoint;
#[cfg(feature = "otel")]
mod headers;
#[cfg(feature = "otel")]
mod ids;
#[cfg(feature = "otel")]
mod propagation;
#[cfg(feature = "otel")]
mod protobuf;
#[cfg(feature = "otel")]
mod recorder;
#[cfg(feature = "otel")]
mod sampling;
#[cfg(feature = "otel")]
mod server_span;
#[cfg(feature = "otel")]
mod settings;
mod span;
#[cfg(feature = "otel")]
mod span_queue;
#[cfg(feature = "otel")]
mod start;

use std::ffi::OsString;

#[cfg(not(feature = "otel"))]
use absent as backend;
#[cfg(feature = "otel")]
use recorder as backend;

pub(crate) use span::{OpenSpan, ServerSpan, TraceContext, TraceId};

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
pub(crate) fn start(lookup: impl Fn(&str) -> Option<OsString>) -> TraceState {
    #[cfg(feature = "otel")]
    return start::start(lookup);
    #[cfg(not(feature = "otel"))]
    return absent::state(lookup);
}

/// Runs the last work of the program, and sends the spans that are not sent then. A collector that does not answer
/// delays this by two seconds at most.
pub(crate) async fn and_flush<T>(work: impl Future<Output = T>) -> T {
    let result = work.await;
    // It blocks. A thread that hangs does not delay the end of the program either.
    drop(tokio::task::spawn_blocking(backend::flush).await);
    result
}
