//! How long to wait before a connection string that failed is tried again: its server may come back, its login may be made.

use std::time::Duration;

use bookstore_db::error::Error;

/// From the first pause, doubled with every try, to the longest.
const USUAL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// After a refused login: a wrong password must not lock the account. Windows' baseline locks after ten refusals in ten minutes; this
/// makes four.
const REFUSED: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(300));

/// The pause after so many tries, the last of which failed so.
pub(super) fn pause(error: &Error, tries: u32) -> Duration {
    let (first, longest) = if matches!(error, Error::LoginFailed { .. }) { REFUSED } else { USUAL };
    first.saturating_mul(1 << tries.saturating_sub(1).min(16)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(error: &Error) -> [u64; 6] {
        [1, 2, 3, 4, 5, u32::MAX].map(|tries| pause(error, tries).as_secs())
    }

    #[test]
    fn a_server_that_is_away_is_asked_soon_and_a_refused_login_rarely() {
        assert_eq!(pauses(&Error::Unavailable("gone".into())), [1, 2, 4, 8, 16, 30]);
        let refused = Error::LoginFailed { number: 18456, state: 1, message: "no".into() };
        assert_eq!(pauses(&refused), [60, 120, 240, 300, 300, 300]);
    }
}
