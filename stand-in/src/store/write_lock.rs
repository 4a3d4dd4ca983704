//! The write lock of a database: one writing transaction at a time, first come, first served. SQLite alone makes
//! waiting writers poll, which is not fair.

use crate::error::SqlError;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How often a waiting session checks its cancel flag.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The write lock of one database. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct WriteLock(Arc<Semaphore>);

/// Permission to write, released when dropped.
#[derive(Debug)]
pub(crate) struct WritePermit(#[allow(dead_code, reason = "it is held, not read")] OwnedSemaphorePermit);

impl Default for WriteLock {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl WriteLock {
    /// Waits for the lock on the current thread, which must be a blocking thread of a tokio runtime.
    ///
    /// # Errors
    /// 1222 after `wait_limit`; 3617 when the request is cancelled.
    pub(crate) fn take(&self, wait_limit: Duration, cancelled: impl Fn() -> bool) -> Result<WritePermit, SqlError> {
        if let Ok(permit) = Arc::clone(&self.0).try_acquire_owned() {
            return Ok(WritePermit(permit));
        }
        let started = Instant::now();
        Handle::current().block_on(async {
            let permit = Arc::clone(&self.0).acquire_owned();
            tokio::pin!(permit);
            loop {
                let left = wait_limit.saturating_sub(started.elapsed());
                match timeout(left.min(POLL_INTERVAL), &mut permit).await {
                    Ok(Ok(permit)) => return Ok(WritePermit(permit)),
                    _ if cancelled() => return Err(SqlError::cancelled()),
                    _ if started.elapsed() >= wait_limit => return Err(SqlError::lock_timeout()),
                    _ => {}
                }
            }
        })
    }
}
