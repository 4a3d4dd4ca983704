//! What the back-off knows, and what follows from it for the next login. Its clock is the caller's.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;
use crate::unavailable_reason::UnavailableReason;

/// The first pause after a refused account, doubled by each further refusal up to the longest: SqlClient's values.
/// <https://learn.microsoft.com/sql/connect/ado-net/sql-server-connection-pooling>
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The pause after an error that endangers no account, such as a refused certificate: a thousand requests must not
/// cause a thousand handshakes.
const SHORT_PAUSE: Duration = Duration::from_millis(500);

/// Windows' security baseline locks an account at ten refused logins within ten minutes.
/// <https://learn.microsoft.com/windows/security/threat-protection/security-policy-settings/account-lockout-threshold>
pub(super) const MAX_REFUSALS: usize = 9;
pub(super) const WINDOW: Duration = Duration::from_secs(600);

/// Maximum of concurrent logins after one has succeeded: if the password has changed since, all of them are refused.
const MAX_CONCURRENT: usize = 4;

/// Whether a login may start.
#[derive(Debug)]
pub(super) enum Admission {
    Start,
    Wait,
    Refuse(Error),
}

/// The logins so far.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) running: usize,
    /// Whether the last login succeeded.
    is_proven: bool,
    /// Number of failed logins so far, and the error of the last one.
    pub(super) failures: u64,
    last_error: Option<Error>,
    /// Until when the last error is returned without a login.
    blocked_until: Option<Instant>,
    /// When accounts were refused, within [`WINDOW`] and since the last success, which resets the server's counter,
    /// too.
    refusals: VecDeque<Instant>,
    /// The pause after the last refusal.
    pause: Duration,
}

impl State {
    /// `failures` is the number of failures when the caller came: a later one is the caller's own error.
    pub(super) fn admit(&mut self, failures: u64, now: Instant, is_enabled: bool) -> Admission {
        if let Some(error) = &self.last_error {
            let is_blocked = is_enabled && self.blocked_until.is_some_and(|until| now < until);
            if is_blocked || self.failures > failures {
                return Admission::Refuse(error.clone());
            }
        }
        if self.running >= if self.is_proven { MAX_CONCURRENT } else { 1 } {
            return Admission::Wait;
        }
        self.running += 1;
        Admission::Start
    }

    pub(super) fn succeed(&mut self) {
        let running = self.running;
        *self = Self { running, is_proven: true, failures: self.failures, ..Self::default() };
    }

    pub(super) fn fail(&mut self, error: &Error, started: Instant, now: Instant) {
        self.is_proven = false;
        self.failures += 1;
        self.blocked_until = if error.is_account_refused() {
            Some(self.refuse(started, now))
        } else if UnavailableReason::of(error).is_some_and(UnavailableReason::recovers_automatically) {
            None
        } else {
            Some(now + SHORT_PAUSE)
        };
        self.last_error = Some(error.clone());
    }

    /// Records a refused account and returns when the next login may start.
    fn refuse(&mut self, started: Instant, now: Instant) -> Instant {
        let is_first_of_burst = self.refusals.back().is_none_or(|last| started >= *last);
        if is_first_of_burst {
            self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        }
        self.refusals.push_back(now);
        if self.refusals.len() > MAX_REFUSALS {
            self.refusals.pop_front();
        }
        let next = now + self.pause;
        match self.refusals.front() {
            Some(oldest) if self.refusals.len() == MAX_REFUSALS => next.max(*oldest + WINDOW),
            _ => next,
        }
    }

    /// Whether nothing of it matters to a later login.
    pub(super) fn is_forgotten(&self, now: Instant) -> bool {
        let is_over = |until: Option<Instant>| until.is_none_or(|until| now > until);
        self.running == 0 && is_over(self.blocked_until) && is_over(self.refusals.back().map(|last| *last + WINDOW))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ServerError;

    const SECOND: Duration = Duration::from_secs(1);

    fn refused() -> Error {
        Error::LoginFailed(ServerError { number: 18456, ..ServerError::default() })
    }

    /// Requests of one second after another, each of which would log in, with the moments of the logins in seconds.
    fn logins(state: &mut State, seconds: u32, a_second: u32, error: &Error) -> Vec<u64> {
        let start = Instant::now();
        let mut logins = Vec::new();
        for request in 0..seconds * a_second {
            let now = start + SECOND * request / a_second;
            if let Admission::Start = state.admit(state.failures, now, true) {
                state.fail(error, now, now);
                state.running -= 1;
                logins.push(now.duration_since(start).as_secs());
            }
        }
        logins
    }

    #[test]
    fn refused_login_is_repeated_after_growing_pauses() {
        let logins = logins(&mut State::default(), 599, 200, &refused());
        assert_eq!(logins, [0, 5, 15, 35, 75, 135, 195, 255, 315]);
    }

    #[test]
    fn no_ten_minutes_have_more_refusals_than_a_lockout_policy_allows() {
        let logins = logins(&mut State::default(), 7200, 2, &refused());
        assert!(logins.len() > 50, "the login is still tried: {}", logins.len());
        for (n, first) in logins.iter().enumerate() {
            let within = logins[n..].iter().filter(|other| **other < first + 600).count();
            assert!(within <= MAX_REFUSALS, "{within} logins in ten minutes from {first} s");
        }
    }

    #[test]
    fn unreachable_server_is_tried_by_every_request() {
        let error = Error::Unavailable("gone".into());
        assert_eq!(logins(&mut State::default(), 1, 200, &error).len(), 200);
        let certificate = Error::CertificateRefused("expired".into());
        assert_eq!(logins(&mut State::default(), 2, 200, &certificate).len(), 4);
    }

    #[test]
    fn burst_is_one_login_until_one_has_succeeded() {
        let (mut state, now) = (State::default(), Instant::now());
        assert!(matches!(state.admit(0, now, true), Admission::Start));
        assert!(matches!(state.admit(0, now, true), Admission::Wait));
        state.succeed();
        state.running -= 1;
        let started = (0..20).filter(|_| matches!(state.admit(0, now, true), Admission::Start)).count();
        assert_eq!(started, MAX_CONCURRENT);
    }

    #[test]
    fn changed_password_refuses_a_burst_once() {
        let (mut state, now) = (State { is_proven: true, ..State::default() }, Instant::now());
        let started = (0..20).filter(|_| matches!(state.admit(0, now, true), Admission::Start)).count();
        for _ in 0..started {
            state.fail(&refused(), now, now + SECOND);
            state.running -= 1;
        }
        assert_eq!((state.refusals.len(), state.pause), (MAX_CONCURRENT, FIRST_PAUSE));
    }

    #[test]
    fn waiting_login_gets_the_error_of_the_one_it_waited_for() {
        let (mut state, now) = (State::default(), Instant::now());
        let came = state.failures;
        state.fail(&Error::Unavailable("gone".into()), now, now);
        assert!(matches!(state.admit(came, now, true), Admission::Refuse(Error::Unavailable(_))));
        assert!(matches!(state.admit(state.failures, now, true), Admission::Start));
    }

    #[test]
    fn success_ends_the_pause_and_resets_it() {
        let (mut state, now) = (State::default(), Instant::now());
        state.fail(&refused(), now, now);
        state.fail(&refused(), now + 10 * SECOND, now + 10 * SECOND);
        state.succeed();
        assert!(matches!(state.admit(state.failures, now + 11 * SECOND, true), Admission::Start));
        state.fail(&refused(), now + 12 * SECOND, now + 12 * SECOND);
        assert_eq!(state.pause, FIRST_PAUSE);
    }

    #[test]
    fn disabled_blocking_period_blocks_nothing() {
        let (mut state, now) = (State::default(), Instant::now());
        state.fail(&refused(), now, now);
        assert!(matches!(state.admit(state.failures, now, true), Admission::Refuse(_)));
        assert!(matches!(state.admit(state.failures, now, false), Admission::Start));
    }
}
