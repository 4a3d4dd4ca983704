//! Takes the spans that end, and sends them in batches on a thread of its own. A span is encoded by the thread that ends
//! it: handed to another thread as it is, which reads and frees it later, it costs twice as much.

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

/// How long a flush waits that is not the last one, whose limit the caller sets.
const FLUSH_LIMIT: Duration = Duration::from_secs(5);

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
        let state = State { batches: Batches::new(limits), is_sending: false, is_closed: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let queue = Self(Arc::clone(&shared));
        let send = move || {
            while let Some((batch, lost)) = shared.next_batch() {
                collector.send(export_request(&resource, scope, &batch.spans), lost);
            }
        };
        let thread = thread::Builder::new().name("OpenTelemetry".to_owned()).spawn(send);
        thread.map(|_| queue).map_err(|error| format!("the thread that sends them does not start: {error}"))
    }

    /// Waits until all spans are sent or lost.
    fn flush(&self, timeout: Duration, is_last: bool) -> OTelSdkResult {
        let mut state = self.0.lock();
        state.batches.hurry();
        state.is_closed |= is_last;
        self.0.changed.notify_all();
        let is_unfinished = |state: &mut State| state.is_sending || !state.batches.is_empty();
        let waited = self.0.changed.wait_timeout_while(state, timeout, is_unfinished);
        let (_state, wait) = waited.unwrap_or_else(PoisonError::into_inner);
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
            let is_sender_concerned = self.0.lock().batches.push(encoded);
            if is_sender_concerned {
                self.0.changed.notify_all();
            }
        });
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.flush(FLUSH_LIMIT, false)
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

    /// Waits for a batch, with the number of spans that were lost before it. There is none after the last flush.
    fn next_batch(&self) -> Option<(Batch, usize)> {
        let mut state = self.lock();
        state.is_sending = false;
        // A flush may wait for this.
        self.changed.notify_all();
        loop {
            state = match state.batches.pause(Instant::now()) {
                Some(Duration::ZERO) => break,
                Some(pause) => self.changed.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0,
                None if state.is_closed => return None,
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
        state.is_sending = true;
        state.batches.pop()
    }
}
