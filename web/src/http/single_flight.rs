//! Single flight: concurrent reads of one key share one run, whose result is never older than any caller's request.
//!
//! At most one run per key is under way. A caller that arrives while it runs does not join it, since it may have read
//! the database before that caller's own write. It joins the next run, which starts after this one and serves all who
//! wait by then. A thousand concurrent readers cost two runs.
//!
//! Nothing is kept: a result, good or bad, goes to the callers that waited for it, and a key that nobody waits for is
//! forgotten, so memory is bounded by the runs under way. `single_flight/tests/` checks this against a model.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::yield_now;

use crate::http::current_request::CurrentRequest;
use crate::traces::TraceContext;

#[cfg(test)]
mod tests;

/// The runs under way, by key. Clones share them. `V` is cloned for each caller, so it should be cheap to clone.
pub(crate) struct SingleFlight<K, V>(Arc<Mutex<HashMap<K, Flight<V>>>>);

/// A key with a run under way, and the run that follows it.
struct Flight<V> {
    next: Option<PendingRun<V>>,
}

/// A run that has not started, and the callers that wait for it.
struct PendingRun<V> {
    callers: Callers<V>,
    work: Work<V>,
    /// The trace of its first caller that has one: a caller that is sampled finds the run in a trace.
    trace: TraceContext,
}

/// The number of waiting callers is the number of receivers.
type Callers<V> = watch::Sender<Option<V>>;
type Work<V> = Box<dyn FnOnce(Option<V>) -> Pin<Box<dyn Future<Output = V> + Send>> + Send>;

/// The run panicked, or its runtime ended. The panic hook has logged the panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the shared read ended without a result")]
pub(crate) struct RunEnded;

impl<K, V> SingleFlight<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Returns the result of a run that starts after this call.
    ///
    /// `work` is that run unless an earlier caller of the same key supplied one, so the key must contain all that
    /// `work` depends on. It receives the result of the run directly before it, if there was one, so that it can reuse
    /// what has not changed. It runs as a task: a caller that goes away stops it only if no other caller waits for this
    /// key. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`RunEnded`], for all callers of a run that panicked.
    pub(crate) async fn read<F>(
        &self,
        key: K,
        work: impl FnOnce(Option<V>) -> F + Send + 'static,
    ) -> Result<V, RunEnded>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut result = self.join(key, || PendingRun::new(work));
        let result = result.wait_for(Option::is_some).await.map_err(|_| RunEnded)?;
        result.clone().ok_or(RunEnded)
    }

    /// The number of keys with a run under way.
    #[cfg(test)]
    fn running_keys(&self) -> usize {
        self.flights().len()
    }

    /// Joins the next run of the key: one that starts now, or the one after the run under way.
    fn join(&self, key: K, run: impl FnOnce() -> PendingRun<V>) -> watch::Receiver<Option<V>> {
        match self.flights().entry(key) {
            Entry::Occupied(mut flight) => {
                let next = flight.get_mut().next.get_or_insert_with(run);
                next.trace.adopt_current();
                next.callers.subscribe()
            }
            Entry::Vacant(flight) => {
                let first = run();
                let caller = first.callers.subscribe();
                let runner = Runner { flights: self.clone(), key: flight.key().clone(), is_removed: false };
                tokio::spawn(runner.run(first));
                flight.insert(Flight { next: None });
                caller
            }
        }
    }
}

impl<K, V> SingleFlight<K, V> {
    /// The number of callers that wait for a run that has not started.
    pub(crate) fn waiting(&self) -> usize {
        let flights = self.flights();
        flights.values().filter_map(|flight| flight.next.as_ref()).map(|run| run.callers.receiver_count()).sum()
    }

    fn flights(&self) -> MutexGuard<'_, HashMap<K, Flight<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> PendingRun<V> {
    fn new<F>(work: impl FnOnce(Option<V>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = V> + Send + 'static,
    {
        // The run's log lines carry the id of the request that supplied it.
        let request = CurrentRequest::get();
        let work: Work<V> = Box::new(|previous| Box::pin(CurrentRequest::run(request, work(previous))));
        Self { callers: watch::Sender::new(None), work, trace: TraceContext::current() }
    }
}

/// The task that executes the runs of one key until no caller waits for it.
struct Runner<K: Eq + Hash, V> {
    flights: SingleFlight<K, V>,
    key: K,
    /// Whether this runner has removed its key, which may have another runner by now.
    is_removed: bool,
}

impl<K: Eq + Hash, V: Clone> Runner<K, V> {
    /// Executes run after run until no caller waits.
    async fn run(mut self, first: PendingRun<V>) {
        let (mut run, mut previous) = (Some(first), None);
        while let Some(PendingRun { callers, work, trace }) = run {
            let result = tokio::select! {
                biased;
                () = self.abandoned(&callers) => None,
                result = AssertUnwindSafe(trace.run(async { work(previous).await })).catch_unwind() => result.ok(),
            };
            previous = result.clone();
            if let Some(result) = result {
                callers.send_replace(Some(result));
            }
            // Requests that the runtime has at hand join the next run before it starts: first the responses are
            // written, then the requests that have come meanwhile are read.
            yield_now().await;
            yield_now().await;
            run = self.next_run();
        }
    }

    /// Takes the next run if callers wait for it; otherwise removes the key.
    fn next_run(&mut self) -> Option<PendingRun<V>> {
        let mut flights = self.flights.flights();
        let next = flights.get_mut(&self.key).and_then(|flight| flight.next.take());
        let wanted = next.filter(|run| !run.callers.is_closed());
        if wanted.is_none() {
            flights.remove(&self.key);
            self.is_removed = true;
        }
        wanted
    }

    /// Waits until no caller is left for this key, neither for this run nor for the next.
    async fn abandoned(&self, running: &Callers<V>) {
        let mut callers = running.clone();
        loop {
            callers.closed().await;
            match self.next_callers() {
                Some(next) if !next.is_closed() => callers = next,
                _ => return,
            }
        }
    }

    fn next_callers(&self) -> Option<Callers<V>> {
        let flights = self.flights.flights();
        let next = flights.get(&self.key)?.next.as_ref()?;
        Some(next.callers.clone())
    }
}

/// A runner that is dropped with its runtime leaves no caller waiting.
impl<K: Eq + Hash, V> Drop for Runner<K, V> {
    fn drop(&mut self) {
        if !self.is_removed {
            self.flights.flights().remove(&self.key);
        }
    }
}

impl<K, V> Clone for SingleFlight<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for SingleFlight<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K, V> fmt::Debug for SingleFlight<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleFlight").finish_non_exhaustive()
    }
}
