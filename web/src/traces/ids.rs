//! Ids of traces and spans, from a fast generator: they name something and protect nothing.

use std::cell::Cell;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::IdGenerator;

thread_local! {
    static NEXT_TRACE: Cell<Option<TraceId>> = const { Cell::new(None) };
}

/// A new trace id, which is not 0.
pub(super) fn random_trace_id() -> TraceId {
    // `fastrand::u128` with a range is slower than two halves.
    TraceId::from(u128::from(fastrand::u64(..)) << 64 | u128::from(fastrand::u64(1..)))
}

/// Runs `start`, and gives the trace that it starts this id. The sampler has decided by it before there was a span.
pub(super) fn with_trace_id<T>(id: TraceId, start: impl FnOnce() -> T) -> T {
    NEXT_TRACE.set(Some(id));
    let started = start();
    NEXT_TRACE.set(None);
    started
}

/// The generator of the SDK's tracer.
#[derive(Debug)]
pub(super) struct FastIds;

impl IdGenerator for FastIds {
    fn new_trace_id(&self) -> TraceId {
        NEXT_TRACE.take().unwrap_or_else(random_trace_id)
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from(fastrand::u64(1..))
    }
}
