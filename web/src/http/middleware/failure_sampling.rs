//! Sampling of the log lines of one outage: every request fails for the same reason then, hundreds of times a second.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bookstore_db::unavailable_reason::UnavailableReason;

/// Lines per reason and period; the rest is counted.
const MAX_LINES: u32 = 10;
const PERIOD: Duration = Duration::from_secs(1);

/// The lines of the current period, by reason.
#[derive(Debug, Default)]
pub(super) struct FailureSampling(Mutex<HashMap<UnavailableReason, Lines>>);

#[derive(Debug)]
struct Lines {
    since: Instant,
    written: u32,
    suppressed: u64,
}

impl FailureSampling {
    /// Whether a failure is logged now: then with the number of those for the same reason that were not since the last
    /// line.
    pub(super) fn admit(&self, reason: UnavailableReason, now: Instant) -> Option<u64> {
        let mut reasons = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = reasons.entry(reason).or_insert(Lines { since: now, written: 0, suppressed: 0 });
        if now.saturating_duration_since(lines.since) >= PERIOD {
            (lines.since, lines.written) = (now, 0);
        }
        if lines.written < MAX_LINES {
            lines.written += 1;
            return Some(std::mem::take(&mut lines.suppressed));
        }
        lines.suppressed += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_failure_is_logged_ten_times_a_second_with_the_number_of_the_others() {
        let (sampling, start) = (FailureSampling::default(), Instant::now());
        let admit = |reason, milliseconds| sampling.admit(reason, start + Duration::from_millis(milliseconds));
        let burst: Vec<_> = (0..100).map(|number| admit(UnavailableReason::Unreachable, number)).collect();
        assert_eq!(burst.iter().filter(|admitted| **admitted == Some(0)).count(), 10);
        assert_eq!(admit(UnavailableReason::LoginRefused, 100), Some(0), "each reason has its own lines");
        assert_eq!(admit(UnavailableReason::Unreachable, 999), None);
        assert_eq!(admit(UnavailableReason::Unreachable, 1000), Some(91));
        assert_eq!(admit(UnavailableReason::Unreachable, 1001), Some(0));
    }
}
