//! Sending a statement again. Safe for every statement of the shop: reads change nothing, and a write carries a request id or a
//! version, so that a second one finds what the first did.

use std::time::Duration;

use tracing::warn;

use super::errors::{Again, Failure};
use crate::metrics;

/// First pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(40);

/// How often and how long to try, from the connection string.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    /// Connect Retry Count, but at least as often as a deadlock victim deserves.
    pub(super) retries: u32,
    /// Connect Retry Interval: no pause is longer.
    pub(super) longest_pause: Duration,
}

/// The attempts of one statement.
#[derive(Debug)]
pub(super) struct Attempts {
    policy: Policy,
    statement: &'static str,
    failed: u32,
    /// Whether an earlier attempt may have been done without our knowing.
    pub(super) unanswered: bool,
}

impl Attempts {
    pub(super) fn new(policy: Policy, statement: &'static str) -> Self {
        Self { policy, statement, failed: 0, unanswered: false }
    }

    /// Pauses and says true if the statement is to be sent again.
    pub(super) async fn another(&mut self, cause: &Failure) -> bool {
        let again = cause.again();
        if again == Again::Never || self.failed >= self.policy.retries {
            return false;
        }
        self.unanswered |= again == Again::Unanswered;
        let pause = self.pause();
        self.failed += 1;
        metrics::retry(self.statement);
        warn!(statement = self.statement, attempt = self.failed, ?pause, %cause, "statement failed, sending it again");
        tokio::time::sleep(pause).await;
        true
    }

    /// Pauses and says true if a connection was lost before and may be had again: a server that restarts refuses for a moment.
    pub(super) async fn reconnect(&mut self) -> bool {
        let again = self.unanswered && self.failed < self.policy.retries;
        if again {
            let pause = self.pause();
            self.failed += 1;
            tokio::time::sleep(pause).await;
        }
        again
    }

    /// Half to all of a doubling pause, so that those who failed together do not return together.
    fn pause(&self) -> Duration {
        let longest = FIRST_PAUSE.saturating_mul(1 << self.failed.min(10)).min(self.policy.longest_pause);
        longest.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}
