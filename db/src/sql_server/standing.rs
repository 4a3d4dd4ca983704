//! What is known of the login: who we are by the newest one, since when, and whether the database can be had now.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use time::OffsetDateTime;

use crate::error::Error;
use crate::identity::{Away, Identity, LoginState};

/// Shared by all connections of a pool.
#[derive(Debug, Default)]
pub(super) struct Standing {
    held: ArcSwapOption<Held>,
    away: ArcSwapOption<Away>,
}

/// An identity, and since when it did not change.
#[derive(Debug)]
struct Held {
    identity: Arc<Identity>,
    since: OffsetDateTime,
}

impl Standing {
    /// A connection was made. True if it is by another login than the one before, or by the first.
    pub(super) fn logged_in(&self, identity: &Arc<Identity>) -> bool {
        let before = self.held.load();
        let same = before.as_ref().filter(|held| held.identity.same_login(identity));
        let since = same.map_or_else(OffsetDateTime::now_utc, |held| held.since);
        let changed = same.is_none();
        self.held.store(Some(Arc::new(Held { identity: Arc::clone(identity), since })));
        changed
    }

    /// A statement was answered.
    pub(super) fn answered(&self) {
        if self.away.load().is_some() {
            self.away.store(None);
        }
    }

    /// A statement failed in the end, with all its retries.
    pub(super) fn failed(&self, error: &Error) {
        if error.is_outage() {
            let since = self.away.load().as_ref().map_or_else(OffsetDateTime::now_utc, |away| away.since);
            self.away.store(Some(Arc::new(Away { since, error: error.clone() })));
        } else if !matches!(error, Error::Busy { .. }) {
            // Its no is an answer, too.
            self.answered();
        }
    }

    pub(super) fn identity(&self) -> Option<Arc<Identity>> {
        self.held.load().as_ref().map(|held| Arc::clone(&held.identity))
    }

    pub(super) fn state(&self) -> LoginState {
        let held = self.held.load();
        LoginState {
            identity: held.as_ref().map(|held| Arc::clone(&held.identity)),
            since: held.as_ref().map(|held| held.since),
            away: self.away.load_full(),
        }
    }
}
