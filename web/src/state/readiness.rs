//! Readiness: whether this replica can serve requests, and beside it the last known state of its database.
//!
//! A replica is ready from its first successful read of the database until it drains. Before that read it has not shown
//! that its login works: a rollout with a login that fails must not replace replicas whose login works. After it the
//! database does not count any more. All replicas share one database: if an outage made them unready, Kubernetes would
//! remove every endpoint of the Service, and visitors would get a connection error in place of a page that explains the
//! outage. A restart of the pods or another replica would not help either. So the database's state is reported beside
//! readiness: by
//! `/readyz?verbose`, by the gauge `db_up`, on every page.
//!
//! No probe sends a statement: with a wrong password, each probe of each replica would be a refused login, until the
//! account is locked. The state is the outcome of the last statement; `server/database_monitor.rs` sends the first one,
//! and one when nothing else does.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

use bookstore_db::error::Error;
use bookstore_db::identity::LoginState;
use bookstore_db::unavailable_reason::UnavailableReason;

const STARTING: u8 = 0;
const SERVING: u8 = 1;
const DRAINING: u8 = 2;

/// Whether this replica can serve requests.
#[derive(Debug)]
pub(crate) struct Readiness {
    phase: AtomicU8,
    /// Ok from the first successful read of the database on; before it, why there was none.
    first_read: Mutex<Result<(), Cow<'static, str>>>,
}

impl Default for Readiness {
    fn default() -> Self {
        Self {
            phase: AtomicU8::new(STARTING),
            first_read: Mutex::new(Err("the database has not been read yet".into())),
        }
    }
}

impl Readiness {
    /// The listeners accept connections from now on.
    pub(crate) fn start_serving(&self) {
        self.phase.store(SERVING, Ordering::Release);
    }

    /// Not ready from now on.
    pub(crate) fn start_draining(&self) {
        self.phase.store(DRAINING, Ordering::Release);
    }

    /// Whether the replica is about to stop.
    pub(crate) fn is_draining(&self) -> bool {
        self.phase.load(Ordering::Acquire) == DRAINING
    }

    /// Records how a read of the database ended. A failure after a success changes nothing.
    pub(crate) fn record_read(&self, outcome: Result<(), &Error>) {
        let mut first_read = self.first_read.lock().unwrap_or_else(PoisonError::into_inner);
        if first_read.is_err() {
            *first_read = outcome.map_err(reason);
        }
    }

    /// Whether the database has been read.
    pub(crate) fn has_read(&self) -> bool {
        self.first_read().is_ok()
    }

    fn first_read(&self) -> Result<(), Cow<'static, str>> {
        self.first_read.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// # Errors
    /// Why the replica is not ready.
    pub(crate) fn check(&self) -> Result<(), Cow<'static, str>> {
        match self.phase.load(Ordering::Acquire) {
            STARTING => Err("starting".into()),
            SERVING => self.first_read(),
            _ => Err("draining".into()),
        }
    }
}

/// The last known state of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DatabaseState {
    Available,
    /// No statement has been answered yet.
    NotTried,
    /// With the reason, if the error has one.
    Unavailable(Option<UnavailableReason>),
}

impl DatabaseState {
    pub(crate) fn of(login: &LoginState) -> Self {
        match (&login.outage, &login.identity) {
            (Some(outage), _) => Self::Unavailable(UnavailableReason::of(&outage.error)),
            (None, Some(_)) => Self::Available,
            (None, None) => Self::NotTried,
        }
    }
}

/// The reason of an error without the database's own text, which may contain names.
fn reason(error: &Error) -> Cow<'static, str> {
    match (UnavailableReason::of(error), error) {
        (Some(reason), _) => reason.to_string().into(),
        (None, Error::PermissionDenied(_)) => "the database refused a statement".into(),
        (None, _) => "the database reported an error".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookstore_db::error::ServerError;
    use bookstore_db::identity::Outage;
    use std::sync::Arc;
    use time::OffsetDateTime;

    #[test]
    fn replica_is_ready_between_its_first_read_and_the_drain() {
        let readiness = Readiness::default();
        assert_eq!(readiness.check(), Err("starting".into()));
        readiness.start_serving();
        assert_eq!(readiness.check(), Err("the database has not been read yet".into()));
        readiness.record_read(Err(&Error::Unavailable("gone".into())));
        assert_eq!(readiness.check(), Err("the database server is unreachable".into()));
        readiness.record_read(Ok(()));
        readiness.record_read(Err(&Error::Unavailable("gone".into())));
        assert_eq!(readiness.check(), Ok(()));
        readiness.start_draining();
        assert_eq!(readiness.check(), Err("draining".into()));
    }

    #[test]
    fn outage_is_reported_by_its_reason() {
        let error = Error::LoginFailed(ServerError { number: 18456, state: 1, ..ServerError::default() });
        let outage = Outage { since: OffsetDateTime::now_utc(), error };
        let login = LoginState { identity: None, since: None, outage: Some(Arc::new(outage)) };
        assert_eq!(DatabaseState::of(&login), DatabaseState::Unavailable(Some(UnavailableReason::LoginRefused)));
    }
}
