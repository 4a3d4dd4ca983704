//! The pause before a failed connection to the database is tried again.

use std::time::Duration;

use bookstore_db::error::Error;

/// The first pause, which doubles with every failure, and the longest.
const USUAL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// The same after a refused login, since failed logins lock an account. The Windows security baseline locks it after
/// ten in ten minutes; these pauses make four.
const REFUSED: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(300));

/// The pause after this many failures, of which `error` is the last.
pub(super) fn retry_pause(error: &Error, failures: u32) -> Duration {
    let (first, longest) = if error.is_account_refused() { REFUSED } else { USUAL };
    first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookstore_db::error::ServerError;

    fn pauses(error: &Error) -> [u64; 6] {
        [1, 2, 3, 4, 5, u32::MAX].map(|failures| retry_pause(error, failures).as_secs())
    }

    #[test]
    fn unreachable_server_is_retried_fast_refused_login_slowly() {
        assert_eq!(pauses(&Error::Unavailable("gone".into())), [1, 2, 4, 8, 16, 30]);
        let refused = Error::LoginFailed(ServerError { number: 18456, ..ServerError::default() });
        assert_eq!(pauses(&refused), [60, 120, 240, 300, 300, 300]);
    }
}
