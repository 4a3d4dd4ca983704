//! Who may write into a database: one transaction at a time, in the order in which they asked. SQLite alone lets those who wait
//! look again after a while, and whoever looks first goes first.

use super::error::SqlError;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How often a waiting session looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(20);

/// The lock of one database. Clones are the same lock.
#[derive(Debug, Clone)]
pub(crate) struct WriteLock(Arc<Semaphore>);

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(crate) struct Writing(#[allow(dead_code, reason = "it is held, not read")] OwnedSemaphorePermit);

impl Default for WriteLock {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl WriteLock {
    /// Waits on this thread, which must be one of a tokio runtime's for blocking work.
    ///
    /// # Errors
    /// 1222 if others write for longer than `patience`; 3617 when it is cancelled.
    pub(crate) fn take(&self, patience: Duration, cancelled: impl Fn() -> bool) -> Result<Writing, SqlError> {
        if let Ok(turn) = Arc::clone(&self.0).try_acquire_owned() {
            return Ok(Writing(turn));
        }
        let begun = Instant::now();
        Handle::current().block_on(async {
            let turn = Arc::clone(&self.0).acquire_owned();
            tokio::pin!(turn);
            loop {
                let left = patience.saturating_sub(begun.elapsed());
                match timeout(left.min(LOOK), &mut turn).await {
                    Ok(Ok(turn)) => return Ok(Writing(turn)),
                    _ if cancelled() => return Err(SqlError::cancelled()),
                    _ if begun.elapsed() >= patience => return Err(SqlError::lock_timeout()),
                    _ => {}
                }
            }
        })
    }
}
