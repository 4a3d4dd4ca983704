//! Retries of statements. Every statement of the shop is safe to repeat: reads change nothing, and a write carries a
//! request id or a version, so that the second execution finds the result of the first.

use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

use super::errors::{RetryDecision, StatementError};
use crate::metrics;

/// The first pause; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(40);

/// How often and how long to retry, from the connection string.
#[derive(Clone, Copy, Debug)]
pub(super) struct RetryPolicy {
    /// Connect Retry Count, or more if that is too low for a deadlock victim.
    pub(super) retries: u32,
    /// Connect Retry Interval: the upper limit of a pause.
    pub(super) longest_pause: Duration,
    /// Connect Timeout: for how long to try to connect again.
    pub(super) connect_limit: Duration,
}

/// The attempts of one statement.
#[derive(Debug)]
pub(super) struct Attempts {
    policy: RetryPolicy,
    statement: &'static str,
    failed: u32,
    /// Whether an earlier attempt failed, so that the server may have executed the statement already.
    pub(super) is_repeated: bool,
    /// When the last attempt failed.
    last_failure: Option<Instant>,
}

impl Attempts {
    pub(super) fn new(policy: RetryPolicy, statement: &'static str) -> Self {
        Self { policy, statement, failed: 0, is_repeated: false, last_failure: None }
    }

    /// Pauses and returns true if the statement should be sent again.
    pub(super) async fn retry_after(&mut self, cause: &StatementError) -> bool {
        if cause.retry_decision() == RetryDecision::No || self.failed >= self.policy.retries {
            return false;
        }
        self.is_repeated = true;
        self.last_failure = Some(Instant::now());
        let pause = self.pause();
        self.failed += 1;
        metrics::retry(self.statement);
        let attempt = self.failed;
        warn!(statement = self.statement, attempt, ?pause, %cause, "the statement failed and is sent again");
        tokio::time::sleep(pause).await;
        true
    }

    /// Pauses and returns true if an earlier attempt failed, since a server that restarts refuses connections for a
    /// moment. A server that does not answer at all is not waited for again and again.
    pub(super) async fn retry_connecting(&mut self) -> bool {
        let is_early = self.last_failure.is_some_and(|failure| failure.elapsed() < self.policy.connect_limit);
        let is_retried = is_early && self.failed < self.policy.retries;
        if is_retried {
            let pause = self.pause();
            self.failed += 1;
            tokio::time::sleep(pause).await;
        }
        is_retried
    }

    /// Returns 50 to 100 % of a doubling pause, so that statements that failed together are not retried together.
    fn pause(&self) -> Duration {
        let longest = FIRST_PAUSE.saturating_mul(1 << self.failed.min(10)).min(self.policy.longest_pause);
        longest.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}
