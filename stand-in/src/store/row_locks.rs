//! Exclusive locks on rows and on keys of unique indexes, held by sessions until their transactions end, and the
//! changes of those transactions. Used in contention mode only.

use crate::error::SqlError;
use rusqlite::types::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often a waiting session checks its cancel flag.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A row by its table and SQLite's row id.
pub(crate) type RowId = (String, i64);

/// Uncommitted rows: their values, or none for a deleted row.
pub(crate) type Changes = BTreeMap<RowId, Option<Vec<Value>>>;

/// What a session locks.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Resource {
    Row(RowId),
    /// A key of a unique index, as text.
    Key {
        index: String,
        key: String,
    },
}

#[derive(Debug, Default)]
struct State {
    owners: HashMap<Resource, u16>,
    /// The session that each waiting session waits for.
    waiting: HashMap<u16, u16>,
    changes: HashMap<u16, Changes>,
    /// The highest row id that was given out per table: a rolled-back row's id is not used again.
    row_ids: HashMap<String, i64>,
}

impl State {
    /// Whether `session` would wait for itself by waiting for `other`.
    fn is_deadlock(&self, session: u16, other: u16) -> bool {
        let next = |at: &u16| self.waiting.get(at).copied();
        std::iter::successors(Some(other), next).take(self.waiting.len() + 1).any(|at| at == session)
    }
}

/// Which session waits, how long, and whether its request was cancelled.
pub(crate) struct Waiter<'a> {
    pub(crate) session: u16,
    pub(crate) limit: Duration,
    pub(crate) cancelled: &'a dyn Fn() -> bool,
}

/// The row locks of one database. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowLocks(Arc<(Mutex<State>, Condvar)>);

impl RowLocks {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks all resources, waiting for other sessions, and returns whether it waited.
    ///
    /// # Errors
    /// 1205 for the session whose wait would close a cycle; 1222 after the limit; 3617 when the request is cancelled.
    pub(crate) fn acquire(&self, resources: &BTreeSet<Resource>, waiter: &Waiter<'_>) -> Result<bool, SqlError> {
        self.wait(waiter, |state| {
            let owner = |resource| state.owners.get(resource).copied().filter(|owner| *owner != waiter.session);
            match resources.iter().find_map(owner) {
                Some(owner) => Some(owner),
                None => {
                    state.owners.extend(resources.iter().map(|resource| (resource.clone(), waiter.session)));
                    None
                }
            }
        })
    }

    /// Waits until the transaction of another session has ended.
    ///
    /// # Errors
    /// As [`RowLocks::acquire`].
    pub(crate) fn wait_for(&self, other: u16, waiter: &Waiter<'_>) -> Result<bool, SqlError> {
        self.wait(waiter, |state| state.owners.values().any(|owner| *owner == other).then_some(other))
    }

    /// Waits while `blocker` returns a session.
    fn wait(&self, waiter: &Waiter<'_>, mut blocker: impl FnMut(&mut State) -> Option<u16>) -> Result<bool, SqlError> {
        let (started, session) = (Instant::now(), waiter.session);
        let mut state = self.state();
        let mut waited = false;
        let result = loop {
            let Some(other) = blocker(&mut state) else { break Ok(waited) };
            if state.is_deadlock(session, other) {
                break Err(SqlError::deadlock(session));
            }
            if (waiter.cancelled)() {
                break Err(SqlError::cancelled());
            }
            if started.elapsed() >= waiter.limit {
                break Err(SqlError::lock_timeout());
            }
            waited = true;
            state.waiting.insert(session, other);
            let left = waiter.limit.saturating_sub(started.elapsed()).min(POLL_INTERVAL);
            state = self.0.1.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        };
        state.waiting.remove(&session);
        result
    }

    /// How many sessions wait.
    pub(crate) fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Adds changes to the session's transaction.
    pub(crate) fn add_changes(&self, session: u16, changes: Changes) {
        self.state().changes.entry(session).or_default().extend(changes);
    }

    /// The changes of the session's transaction.
    pub(crate) fn changes(&self, session: u16) -> Changes {
        self.state().changes.get(&session).cloned().unwrap_or_default()
    }

    /// The changes of the other sessions' transactions.
    pub(crate) fn other_changes(&self, session: u16) -> Vec<(u16, Changes)> {
        let state = self.state();
        state.changes.iter().filter(|(other, _)| **other != session).map(|(o, c)| (*o, c.clone())).collect()
    }

    /// Ends the session's transaction: forgets its changes and releases its locks.
    pub(crate) fn release(&self, session: u16) {
        let mut state = self.state();
        state.changes.remove(&session);
        state.owners.retain(|_, owner| *owner != session);
        self.0.1.notify_all();
    }

    /// The highest row ids that were given out.
    pub(crate) fn row_ids(&self) -> HashMap<String, i64> {
        self.state().row_ids.clone()
    }

    /// Forgets the row ids of a table, because a new one gets its name.
    pub(crate) fn forget_row_ids(&self, table: &str) {
        self.state().row_ids.retain(|known, _| !known.eq_ignore_ascii_case(table));
    }

    /// Records a row id as given out.
    pub(crate) fn reserve(&self, table: &str, row_id: i64) {
        let mut state = self.state();
        let highest = state.row_ids.entry(table.to_owned()).or_default();
        *highest = row_id.max(*highest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> BTreeSet<Resource> {
        BTreeSet::from([Resource::Key { index: "IX".to_owned(), key: name.to_owned() }])
    }

    fn waiter(session: u16) -> Waiter<'static> {
        Waiter { session, limit: Duration::from_secs(60), cancelled: &|| false }
    }

    #[test]
    fn second_session_waits_until_the_first_ends() {
        let locks = RowLocks::default();
        assert!(!locks.acquire(&key("a"), &waiter(51)).unwrap());
        assert!(!locks.acquire(&key("a"), &waiter(51)).unwrap());
        let impatient = Waiter { limit: Duration::ZERO, ..waiter(52) };
        assert_eq!(locks.acquire(&key("a"), &impatient).unwrap_err().number, 1222);
        let cancelled = Waiter { cancelled: &|| true, ..waiter(52) };
        assert!(locks.acquire(&key("a"), &cancelled).unwrap_err().is_cancelled());
        let waiting = std::thread::spawn({
            let locks = locks.clone();
            move || locks.acquire(&key("a"), &waiter(52))
        });
        while locks.waiting() == 0 {
            std::thread::yield_now();
        }
        locks.release(51);
        assert!(waiting.join().unwrap().unwrap());
    }

    #[test]
    fn wait_that_closes_a_cycle_is_a_deadlock() {
        let locks = RowLocks::default();
        for (session, name) in [(51, "a"), (52, "b"), (53, "c")] {
            locks.acquire(&key(name), &waiter(session)).unwrap();
        }
        let waits = [(51, "b"), (52, "c")].map(|(session, name)| {
            let locks = locks.clone();
            std::thread::spawn(move || locks.acquire(&key(name), &waiter(session)).map(|_| locks.release(session)))
        });
        while locks.waiting() < 2 {
            std::thread::yield_now();
        }
        assert_eq!(locks.acquire(&key("a"), &waiter(53)).unwrap_err().number, 1205);
        locks.release(53);
        assert!(waits.into_iter().all(|wait| wait.join().unwrap().is_ok()));
    }
}
