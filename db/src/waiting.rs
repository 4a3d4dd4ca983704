//! How many tasks wait for a connection now.

use std::sync::atomic::{AtomicU32, Ordering};

/// A count that goes down again when the waiting task has what it wants, or is gone.
#[derive(Debug, Default)]
pub(crate) struct Waiting(AtomicU32);

/// One task that waits.
#[derive(Debug)]
pub(crate) struct Waiter<'a>(&'a Waiting);

impl Waiting {
    /// Counts a task until the answer is dropped.
    pub(crate) fn one_more(&self) -> Waiter<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Waiter(self)
    }

    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
