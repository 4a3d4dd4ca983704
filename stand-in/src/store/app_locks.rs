//! Application locks (sp_getapplock, sp_releaseapplock), owned by sessions.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often a waiting session checks its cancel flag.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The outcome of a lock request, with sp_getapplock's return values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockOutcome {
    Immediately = 0,
    AfterWaiting = 1,
    TimedOut = -1,
    Cancelled = -2,
}

#[derive(Debug)]
struct HeldLock {
    session: u16,
    count: u32,
}

/// The application locks of a server by database and resource. All are exclusive.
#[derive(Debug, Default)]
pub(crate) struct AppLocks {
    held: Mutex<HashMap<(String, String), HeldLock>>,
    released: Condvar,
}

impl AppLocks {
    fn held(&self) -> MutexGuard<'_, HashMap<(String, String), HeldLock>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Acquires a lock, waiting up to `timeout` (`None`: without limit). The owner can acquire it again.
    pub(crate) fn acquire(
        &self,
        key: (String, String),
        session: u16,
        timeout: Option<Duration>,
        cancelled: impl Fn() -> bool,
    ) -> LockOutcome {
        let started = Instant::now();
        let mut held = self.held();
        let mut waited = false;
        loop {
            match held.get_mut(&key) {
                None => {
                    held.insert(key, HeldLock { session, count: 1 });
                    return if waited { LockOutcome::AfterWaiting } else { LockOutcome::Immediately };
                }
                Some(lock) if lock.session == session => {
                    lock.count += 1;
                    return LockOutcome::Immediately;
                }
                Some(_) if cancelled() => return LockOutcome::Cancelled,
                Some(_) if timeout.is_some_and(|timeout| started.elapsed() >= timeout) => return LockOutcome::TimedOut,
                Some(_) => {
                    waited = true;
                    let left = timeout.map_or(POLL_INTERVAL, |timeout| timeout.saturating_sub(started.elapsed()));
                    held = self
                        .released
                        .wait_timeout(held, left.min(POLL_INTERVAL))
                        .unwrap_or_else(PoisonError::into_inner)
                        .0;
                }
            }
        }
    }

    /// Releases a lock once. False if the session does not hold it.
    pub(crate) fn release(&self, key: &(String, String), session: u16) -> bool {
        let mut held = self.held();
        let Some(lock) = held.get_mut(key).filter(|lock| lock.session == session) else { return false };
        lock.count -= 1;
        if lock.count == 0 {
            held.remove(key);
            self.released.notify_all();
        }
        true
    }

    /// Releases all locks of a session.
    pub(crate) fn release_all(&self, session: u16) {
        self.held().retain(|_, lock| lock.session != session);
        self.released.notify_all();
    }
}
