//! Waiting for a connection: counted, timed and traced.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use tokio::time::Instant;

use crate::error::Error;
use crate::metrics;
use crate::spans::{DatabaseSpan, DatabaseSpans};

#[cfg(test)]
mod tests;

/// The callers that wait for a connection of one database.
#[derive(Debug, Default)]
pub(crate) struct PoolWaits {
    count: AtomicU32,
    /// Their spans. The pool opens a connection in a task of its own, which knows no caller: the login that a caller
    /// causes becomes a child of its wait.
    spans: Mutex<VecDeque<DatabaseSpan>>,
}

impl PoolWaits {
    /// The number of callers that wait.
    pub(crate) fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }

    /// Counts, times and traces a wait. If there is an idle connection and the wait ends at once, it has no span.
    ///
    /// # Errors
    /// Those of the wait.
    pub(crate) async fn observe<T>(
        &self,
        database: &DatabaseSpans,
        has_idle: bool,
        wait: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let started = Instant::now();
        let _counted = Counted::new(&self.count);
        let mut wait = pin!(wait);
        let at_once = if has_idle { wait.as_mut().now_or_never() } else { None };
        let result = match at_once {
            Some(result) => result,
            None => self.traced(database.pool_wait(), wait).await,
        };
        metrics::pool_wait(started.elapsed());
        if let Err(Error::Busy(_)) = &result {
            metrics::pool_timeout();
        }
        result
    }

    async fn traced<T>(&self, span: DatabaseSpan, wait: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let _waiting = self.enter(&span);
        let result = wait.await;
        if let Err(error) = &result {
            span.record_error(error);
        }
        result
    }

    /// The span of a login: a child of the longest wait that has caused none yet.
    pub(crate) fn login(&self, database: &DatabaseSpans) -> DatabaseSpan {
        let waiting = self.lock().pop_front();
        waiting.map_or_else(|| database.login(), |waiting| database.login_within(&waiting))
    }

    fn enter<'a>(&'a self, span: &'a DatabaseSpan) -> WaitingSpan<'a> {
        if span.id().is_some() {
            self.lock().push_back(span.clone());
        }
        WaitingSpan { waits: self, span }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<DatabaseSpan>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caller that is counted until this is dropped, also if it is cancelled.
struct Counted<'a>(&'a AtomicU32);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The span of a caller that waits until this is dropped.
struct WaitingSpan<'a> {
    waits: &'a PoolWaits,
    span: &'a DatabaseSpan,
}

impl Drop for WaitingSpan<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.span.id() {
            self.waits.lock().retain(|span| span.id() != Some(id));
        }
    }
}
