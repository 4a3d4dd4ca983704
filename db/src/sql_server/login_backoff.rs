//! The one back-off of logins: all that log in with the same settings share it, whichever pool or command they belong
//! to.
//!
//! After a refused login the same error is returned for a growing time, as SqlClient's pool blocking period does it,
//! and no account is refused more often than [`state::MAX_REFUSALS`] in [`state::WINDOW`], because lock-out policies
//! count. Until a login has succeeded only one runs at a time, and all callers that wait for it get its error: a burst
//! of requests is one refusal. An unreachable server is tried again at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::connection_string::SqlServerSettings;
use crate::error::Error;

mod state;

use state::{Admission, State};

/// The back-off of one login to one server.
#[derive(Debug)]
pub(super) struct LoginBackoff {
    is_enabled: bool,
    state: Mutex<State>,
    changed: Notify,
}

/// The back-offs in use. Few: one per connection string of the process.
static KNOWN: Mutex<Vec<(SqlServerSettings, Arc<LoginBackoff>)>> = Mutex::new(Vec::new());

impl LoginBackoff {
    /// Returns the back-off that all logins with these settings share.
    pub(super) fn of(settings: &SqlServerSettings) -> Arc<Self> {
        // Time limits do not change who logs in where.
        let key = SqlServerSettings { connect_timeout: None, command_timeout: None, ..settings.clone() };
        let now = Instant::now();
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(_, backoff)| Arc::strong_count(backoff) > 1 || !backoff.state().is_forgotten(now));
        if let Some((_, backoff)) = known.iter().find(|(settings, _)| *settings == key) {
            return Arc::clone(backoff);
        }
        let is_enabled = settings.pool_blocking_period.is_enabled_for(&settings.server);
        let backoff = Arc::new(Self { is_enabled, state: Mutex::default(), changed: Notify::new() });
        known.push((key, Arc::clone(&backoff)));
        backoff
    }

    /// Waits until a login may start.
    ///
    /// # Errors
    /// The error of the last login while it blocks further ones, or of the login that this one waited for.
    pub(super) async fn permit(&self) -> Result<LoginPermit<'_>, Error> {
        let failures = self.state().failures;
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Before the state is read: a login that ends in between wakes this one.
            changed.as_mut().enable();
            let admission = self.state().admit(failures, Instant::now(), self.is_enabled);
            match admission {
                Admission::Start => return Ok(LoginPermit { backoff: self, started: Instant::now() }),
                Admission::Refuse(error) => return Err(error),
                Admission::Wait => changed.await,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Permission for one login.
pub(super) struct LoginPermit<'a> {
    backoff: &'a LoginBackoff,
    started: Instant,
}

impl LoginPermit<'_> {
    /// Records the outcome of the login: its error, or `None`.
    pub(super) fn finish(self, error: Option<&Error>) {
        let now = Instant::now();
        match error {
            None => self.backoff.state().succeed(),
            Some(error) => self.backoff.state().fail(error, self.started, now),
        }
    }
}

/// Whether the next login would succeed is not known from one that is cancelled.
impl Drop for LoginPermit<'_> {
    fn drop(&mut self) {
        self.backoff.state().running -= 1;
        self.backoff.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_settings_share_a_backoff_whatever_their_time_limits() {
        use crate::connection_string::{ConnectionString, Target};
        let settings = |text: &str| match text.parse::<ConnectionString>().unwrap().target {
            Target::SqlServer(settings) => *settings,
            Target::Embedded(_) => panic!("{text}"),
        };
        let backoff = LoginBackoff::of(&settings("Server=backoff.test;User ID=a;Password=b"));
        let of = |text: &str| LoginBackoff::of(&settings(text));
        assert!(Arc::ptr_eq(&backoff, &of("Server=backoff.test;User ID=a;Password=b;Connect Timeout=3")));
        assert!(!Arc::ptr_eq(&backoff, &of("Server=backoff.test;User ID=a;Password=new")));
        assert!(!of("Server=x.DATABASE.windows.net;User ID=a;Password=b").is_enabled);
        assert!(of("Server=x.database.windows.net;User ID=a;Password=b;Pool Blocking Period=AlwaysBlock").is_enabled);
        assert!(!of("Server=backoff.test;User ID=a;Password=b;PoolBlockingPeriod=NeverBlock").is_enabled);
    }
}
