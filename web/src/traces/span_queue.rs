//! Takes the spans that end, and sends them in batches on a thread of its own. A span is encoded by the thread that ends
//! it: another thread would have to read and free memory that is in the cache of the first.

use std::cell::RefCell;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::batches::{Batch, BatchLimits, Batches};
use super::collector::Collector;
use super::encoding::{encode_span, export_request};

/// Time limit of `force_flush`.
const FORCE_FLUSH_LIMIT: Duration = Duration::from_secs(5);

thread_local! {
    /// The buffer of the last span of this thread.
    static ENCODED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The processor of the spans of all tracers.
#[derive(Debug)]
pub(super) struct SpanQueue(Arc<Shared>);

/// What the threads that end spans share with the one that sends them.
#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    batches: Batches,
    is_sending: bool,
    /// Whether batches are sent before they are due.
    is_flushing: bool,
    is_closed: bool,
}

impl SpanQueue {
    /// Starts the thread that sends batches of spans of this program, all under one instrumentation scope.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub(super) fn start(
        collector: Collector,
        limits: BatchLimits,
        resource: Resource,
        scope: &'static str,
    ) -> Result<Self, String> {
        let state = State { batches: Batches::new(limits), is_sending: false, is_flushing: false, is_closed: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let queue = Self(Arc::clone(&shared));
        let send = move || {
            let mut dropped = 0;
            while let Some((batch, newly_dropped)) = shared.next_batch() {
                log_dropped(&mut dropped, newly_dropped, batch.count >= limits.max_batch);
                collector.send(export_request(&resource, scope, &batch.spans));
            }
        };
        let thread = thread::Builder::new().name("OpenTelemetry".to_owned()).spawn(send);
        thread.map(|_| queue).map_err(|error| format!("the thread that sends them does not start: {error}"))
    }

    /// Waits until all spans are sent or lost.
    fn flush(&self, timeout: Duration, is_last: bool) -> OTelSdkResult {
        let mut state = self.0.lock();
        state.is_flushing = true;
        state.is_closed |= is_last;
        self.0.changed.notify_all();
        let is_unfinished = |state: &mut State| state.is_sending || !state.batches.is_empty();
        let waited = self.0.changed.wait_timeout_while(state, timeout, is_unfinished);
        let (mut state, wait) = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_flushing = state.is_closed;
        if wait.timed_out() { Err(OTelSdkError::Timeout(timeout)) } else { Ok(()) }
    }
}

impl SpanProcessor for SpanQueue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        ENCODED.with_borrow_mut(|encoded| {
            encoded.clear();
            // Before the lock, which others wait for.
            encode_span(&span, encoded);
            let is_due_changed = self.0.lock().batches.push(encoded);
            if is_due_changed {
                self.0.changed.notify_all();
            }
        });
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.flush(FORCE_FLUSH_LIMIT, false)
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.flush(timeout, true)
    }
}

impl Shared {
    /// No code that can panic runs while the lock is held.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a batch, with the number of spans that were dropped since the one before. There is none after the last
    /// flush.
    fn next_batch(&self) -> Option<(Batch, usize)> {
        let mut state = self.lock();
        state.is_sending = false;
        // A flush may wait for this.
        self.changed.notify_all();
        loop {
            state = match state.batches.time_until_due(Instant::now()) {
                Some(time) if !time.is_zero() && !state.is_flushing => {
                    self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
                }
                Some(_) => break,
                None if state.is_closed => return None,
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        state.is_sending = true;
        state.batches.pop()
    }
}

/// Logs when spans begin to be dropped, and their number when a batch is sent that was not full, so that the log of a
/// queue at its limit does not alternate.
fn log_dropped(dropped: &mut usize, newly_dropped: usize, is_full: bool) {
    if *dropped == 0 && newly_dropped > 0 {
        tracing::warn!("spans are dropped, because OTEL_BSP_MAX_QUEUE_SIZE others wait for the collector");
    }
    *dropped += newly_dropped;
    if *dropped > 0 && newly_dropped == 0 && !is_full {
        tracing::info!("spans are no longer dropped, after {dropped}");
        *dropped = 0;
    }
}
