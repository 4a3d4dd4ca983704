//! The login state of a pool: the identity on its newest connection, and the current outage.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use time::OffsetDateTime;

use crate::error::Error;
use crate::identity::{Identity, LoginState, Outage};

/// Records logins and outcomes of statements. Shared by all connections of a pool.
#[derive(Debug, Default)]
pub(super) struct LoginTracker {
    current: ArcSwapOption<CurrentLogin>,
    outage: ArcSwapOption<Outage>,
    last_answer: LastAnswer,
}

/// When the last answer came, in milliseconds since the tracker was created; 0 if none did.
#[derive(Debug)]
struct LastAnswer {
    created: Instant,
    milliseconds: AtomicU64,
}

impl Default for LastAnswer {
    fn default() -> Self {
        Self { created: Instant::now(), milliseconds: AtomicU64::new(0) }
    }
}

impl LastAnswer {
    fn set(&self) {
        self.milliseconds.store(self.now().max(1), Ordering::Relaxed);
    }

    /// Whether an answer came within this time.
    fn is_within(&self, time: Duration) -> bool {
        let last = self.milliseconds.load(Ordering::Relaxed);
        last > 0 && u128::from(self.now().saturating_sub(last)) < time.as_millis()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.created.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[derive(Debug)]
struct CurrentLogin {
    identity: Arc<Identity>,
    since: OffsetDateTime,
}

impl LoginTracker {
    /// Records the identity of a new connection. Returns true if its login differs from the last one, or is the first.
    pub(super) fn record_login(&self, identity: &Arc<Identity>) -> bool {
        let before = self.current.load();
        let same = before.as_ref().filter(|current| current.identity.is_same_login(identity));
        let since = same.map_or_else(OffsetDateTime::now_utc, |current| current.since);
        let is_changed = same.is_none();
        self.current.store(Some(Arc::new(CurrentLogin { identity: Arc::clone(identity), since })));
        is_changed
    }

    /// Records that the database answered a statement, which ends an outage.
    pub(super) fn record_answer(&self) {
        self.last_answer.set();
        if self.outage.load().is_some() {
            self.outage.store(None);
        }
    }

    /// Records the final error of a statement, after all retries.
    pub(super) fn record_error(&self, error: &Error) {
        let is_outage = match error {
            // One slow statement is not an outage while the database answers others.
            Error::TimedOut(limit) => !self.last_answer.is_within(*limit),
            error => error.is_outage(),
        };
        if is_outage {
            let since = self.outage.load().as_ref().map_or_else(OffsetDateTime::now_utc, |outage| outage.since);
            self.outage.store(Some(Arc::new(Outage { since, error: error.clone() })));
        } else if !matches!(error, Error::Busy(_) | Error::TimedOut(_)) {
            // An error that the database reports is an answer, too.
            self.record_answer();
        }
    }

    pub(super) fn identity(&self) -> Option<Arc<Identity>> {
        self.current.load().as_ref().map(|current| Arc::clone(&current.identity))
    }

    pub(super) fn state(&self) -> LoginState {
        let current = self.current.load();
        LoginState {
            identity: current.as_ref().map(|current| Arc::clone(&current.identity)),
            since: current.as_ref().map(|current| current.since),
            outage: self.outage.load_full(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_statement_is_no_outage_while_others_are_answered() {
        let tracker = LoginTracker::default();
        let slow = Error::TimedOut(Duration::from_secs(30));
        tracker.record_error(&slow);
        assert!(tracker.state().outage.is_some(), "nothing was ever answered");
        tracker.record_answer();
        tracker.record_error(&slow);
        assert!(tracker.state().outage.is_none());
        tracker.record_error(&Error::TimedOut(Duration::ZERO));
        assert!(tracker.state().outage.is_some(), "nothing was answered within the limit");
    }
}
