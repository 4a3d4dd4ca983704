//! The connections of a store, counted.

use std::sync::atomic::{AtomicU32, Ordering};

/// The connections of a store at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolState {
    /// Open connections.
    pub size: u32,
    /// Open connections that are not in use.
    pub idle: u32,
    /// Requests that wait for a connection.
    pub waiting: u32,
    /// Maximum of open connections.
    pub max: u32,
}

impl PoolState {
    /// Number of connections in use.
    pub fn busy(&self) -> u32 {
        self.size.saturating_sub(self.idle)
    }
}

/// The number of tasks that wait for a connection.
#[derive(Debug, Default)]
pub(crate) struct WaitCount(AtomicU32);

/// One waiting task; dropping it ends the wait, also if the task was cancelled.
#[derive(Debug)]
pub(crate) struct WaitGuard<'a>(&'a WaitCount);

impl WaitCount {
    /// Counts a task until the guard is dropped.
    pub(crate) fn enter(&self) -> WaitGuard<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        WaitGuard(self)
    }

    pub(crate) fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for WaitGuard<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
