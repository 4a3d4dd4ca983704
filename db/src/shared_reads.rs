//! Reads that many ask for at once, done once – and never older than the one who asks.
//!
//! For each key at most one run is under way. Who asks while it runs does not get its answer, which may have been read before they
//! asked: they wait for the next run, which starts as soon as this one is done and serves all who wait by then. So an answer is
//! always read after it was asked for – who saved a book sees it in the list – and a thousand readers cost two runs.
//!
//! Nothing is kept: an answer, good or bad, goes to those who waited for it, and a key that nobody waits for is forgotten. Memory
//! is bounded by the reads under way. The proof is in `shared_reads/tests/`, by a model.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use tokio::sync::watch;
use tracing::{Instrument, Span};

#[cfg(test)]
mod tests;

/// The reads under way, by key. Clones see the same ones. `V` is cloned for each reader, so it should be cheap to clone.
pub struct SharedReads<K, V>(Arc<Mutex<HashMap<K, Line<V>>>>);

/// A key with a run under way, and those who wait for the next.
struct Line<V> {
    next: Option<Batch<V>>,
}

/// A run that is to come, and the readers who wait for it.
struct Batch<V> {
    readers: Readers<V>,
    work: Work<V>,
}

/// Their number is the number of receivers.
type Readers<V> = watch::Sender<Option<V>>;
type Work<V> = Box<dyn FnOnce(Option<V>) -> Pin<Box<dyn Future<Output = V> + Send>> + Send>;

/// The run that a reader waited for panicked, or its runtime ended. The panic itself is reported by the process's panic hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the read broke down before it had an answer")]
pub struct BrokeDown;

impl<K, V> SharedReads<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The answer of a run that starts after this was called. `work` is that run unless another reader of the same key brought one
    /// first; so the key has to say all that `work` depends on. It runs as a task of its own: a reader that goes away stops it only
    /// if nobody else waits for this key. It is given the answer of the run right before it, if there was one, so that it need not
    /// make again what has not changed. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`BrokeDown`], for all readers of a run that panicked.
    pub async fn read<F>(&self, key: K, work: impl FnOnce(Option<V>) -> F + Send + 'static) -> Result<V, BrokeDown>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut answer = self.join(key, || Batch::new(work));
        let answered = answer.wait_for(Option::is_some).await.map_err(|_| BrokeDown)?;
        answered.clone().ok_or(BrokeDown)
    }

    /// How many keys have a run under way.
    pub fn under_way(&self) -> usize {
        self.lines().len()
    }

    /// Takes a place in the next run of the key: in one that begins now, or in the one after that which is under way.
    fn join(&self, key: K, batch: impl FnOnce() -> Batch<V>) -> watch::Receiver<Option<V>> {
        match self.lines().entry(key) {
            Entry::Occupied(mut line) => line.get_mut().next.get_or_insert_with(batch).readers.subscribe(),
            Entry::Vacant(line) => {
                let first = batch();
                let reader = first.readers.subscribe();
                let server = Server { reads: self.clone(), key: line.key().clone(), gone: false };
                tokio::spawn(server.serve(first));
                line.insert(Line { next: None });
                reader
            }
        }
    }
}

impl<K, V> SharedReads<K, V> {
    fn lines(&self) -> MutexGuard<'_, HashMap<K, Line<V>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V> Batch<V> {
    fn new<F>(work: impl FnOnce(Option<V>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = V> + Send + 'static,
    {
        // What the run logs carries the id of the request that brought it.
        let span = Span::current();
        Self { readers: watch::Sender::new(None), work: Box::new(|before| Box::pin(work(before).instrument(span))) }
    }
}

/// The task of one key, as long as anybody waits for it.
struct Server<K: Eq + Hash, V> {
    reads: SharedReads<K, V>,
    key: K,
    /// Whether the key was forgotten already, and may have another server by now.
    gone: bool,
}

impl<K: Eq + Hash, V: Clone> Server<K, V> {
    /// Runs batch after batch until nobody waits.
    async fn serve(mut self, first: Batch<V>) {
        let (mut batch, mut before) = (Some(first), None);
        while let Some(Batch { readers, work }) = batch {
            let answer = tokio::select! {
                biased;
                () = self.deserted(&readers) => None,
                answer = AssertUnwindSafe(async { work(before).await }).catch_unwind() => answer.ok(),
            };
            // First the line moves on, then the readers are told: whoever comes from here on waits for a run that has not begun.
            batch = self.advance();
            before = answer.clone();
            if let Some(answer) = answer {
                readers.send_replace(Some(answer));
            }
        }
    }

    /// The next batch, if it still has readers; otherwise the key is forgotten.
    fn advance(&mut self) -> Option<Batch<V>> {
        let mut lines = self.reads.lines();
        let next = lines.get_mut(&self.key).and_then(|line| line.next.take());
        let wanted = next.filter(|batch| !batch.readers.is_closed());
        if wanted.is_none() {
            lines.remove(&self.key);
            self.gone = true;
        }
        wanted
    }

    /// Waits until nobody is left who waits for this key, neither for this run nor for the next.
    async fn deserted(&self, running: &Readers<V>) {
        let mut readers = running.clone();
        loop {
            readers.closed().await;
            match self.next_readers() {
                Some(next) if !next.is_closed() => readers = next,
                _ => return,
            }
        }
    }

    fn next_readers(&self) -> Option<Readers<V>> {
        let lines = self.reads.lines();
        let next = lines.get(&self.key)?.next.as_ref()?;
        Some(next.readers.clone())
    }
}

/// A server that ends before its time, with its runtime, leaves nobody waiting.
impl<K: Eq + Hash, V> Drop for Server<K, V> {
    fn drop(&mut self) {
        if !self.gone {
            self.reads.lines().remove(&self.key);
        }
    }
}

impl<K, V> Clone for SharedReads<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> Default for SharedReads<K, V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K, V> fmt::Debug for SharedReads<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedReads").finish_non_exhaustive()
    }
}
