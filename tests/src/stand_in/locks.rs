//! Application locks: sp_getapplock and sp_releaseapplock, owned by sessions.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often a waiting session looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(20);

/// How a request for a lock ended; the numbers are sp_getapplock's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Granted {
    AtOnce = 0,
    AfterWaiting = 1,
    TimedOut = -1,
    Cancelled = -2,
}

#[derive(Debug)]
struct Held {
    session: u16,
    times: u32,
}

/// The locks of a server by database and resource. All are exclusive.
#[derive(Debug, Default)]
pub(crate) struct Locks {
    held: Mutex<HashMap<(String, String), Held>>,
    released: Condvar,
}

impl Locks {
    fn held(&self) -> MutexGuard<'_, HashMap<(String, String), Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a lock, waiting up to `timeout` (`None`: for ever). A session that has it takes it once more.
    pub(crate) fn acquire(
        &self,
        key: (String, String),
        session: u16,
        timeout: Option<Duration>,
        cancelled: impl Fn() -> bool,
    ) -> Granted {
        let begun = Instant::now();
        let mut held = self.held();
        let mut waited = false;
        loop {
            match held.get_mut(&key) {
                None => {
                    held.insert(key, Held { session, times: 1 });
                    return if waited { Granted::AfterWaiting } else { Granted::AtOnce };
                }
                Some(lock) if lock.session == session => {
                    lock.times += 1;
                    return Granted::AtOnce;
                }
                Some(_) if cancelled() => return Granted::Cancelled,
                Some(_) if timeout.is_some_and(|timeout| begun.elapsed() >= timeout) => return Granted::TimedOut,
                Some(_) => {
                    waited = true;
                    let left = timeout.map_or(LOOK, |timeout| timeout.saturating_sub(begun.elapsed()));
                    held = self.released.wait_timeout(held, left.min(LOOK)).unwrap_or_else(PoisonError::into_inner).0;
                }
            }
        }
    }

    /// Gives a lock back once; false when the session does not hold it.
    pub(crate) fn release(&self, key: &(String, String), session: u16) -> bool {
        let mut held = self.held();
        let Some(lock) = held.get_mut(key).filter(|lock| lock.session == session) else { return false };
        lock.times -= 1;
        if lock.times == 0 {
            held.remove(key);
            self.released.notify_all();
        }
        true
    }

    /// Gives back all that a session holds.
    pub(crate) fn release_all(&self, session: u16) {
        self.held().retain(|_, lock| lock.session != session);
        self.released.notify_all();
    }
}
