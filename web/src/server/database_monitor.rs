//! The database monitor: keeps the last known state of the database true while no request does.
//!
//! At the start it reads the books once, which makes the replica ready (`state/readiness.rs`), and a wrong connection
//! string is in the log before the first visitor comes. While the database is unavailable it sends a statement now and
//! then, so that the shop notices its return. While the database is available it sends nothing: the statements of
//! requests report an outage. It pauses longer after each failure, so that it does not lock the account of a refused
//! login.

use std::time::Duration;

use bookstore_db::error::Error;
use bookstore_db::list::{ListRequest, Sort};
use bookstore_db::search::BookFilter;
use bookstore_db::store::Store;
use bookstore_db::switch::Switch;
use bookstore_db::unavailable_reason::UnavailableReason;
use tokio::time::Instant;

use super::retry_pause::retry_pause;
use crate::state::readiness::{DatabaseState, Readiness};

/// How often the last known state is read. This sends no statement.
const PERIOD: Duration = Duration::from_secs(1);

/// Runs until it is dropped.
pub(super) async fn run(switch: &Switch, readiness: &Readiness) {
    let mut failures = 0;
    loop {
        let store = switch.current();
        if readiness.has_read() && is_available(&store) {
            failures = 0;
            tokio::time::sleep(PERIOD).await;
            continue;
        }
        let outcome = attempt(&store, readiness).await;
        let pause = match &outcome {
            Ok(()) => {
                tracing::info!(login = store.identity().map(|identity| identity.login.clone()), "database available");
                PERIOD
            }
            Err(error) => {
                failures += 1;
                if failures == 1 {
                    let reason = UnavailableReason::of(error).map(UnavailableReason::code);
                    tracing::warn!(reason, cause = %error, "database unavailable");
                }
                retry_pause(error, failures)
            }
        };
        // An error that is not an outage, such as a missing schema, leaves the database available.
        let was_available = is_available(&store);
        let generation = store.generation();
        drop(store);
        let end = Instant::now() + pause;
        while Instant::now() < end {
            tokio::time::sleep(PERIOD).await;
            let store = switch.current();
            // A request's statement succeeded, or the shop has another login: no reason to wait.
            if store.generation() != generation || (is_available(&store) && !was_available) {
                failures = 0;
                break;
            }
        }
    }
}

fn is_available(store: &Store) -> bool {
    DatabaseState::of(&store.login_state()) == DatabaseState::Available
}

/// Sends a statement; until a first read has succeeded, reads a book too. A login alone does not show that there is a
/// schema and a permission to read it.
async fn attempt(store: &Store, readiness: &Readiness) -> Result<(), Error> {
    let mut outcome = store.ping().await;
    if outcome.is_ok() && !readiness.has_read() {
        let filter = BookFilter::default();
        let first = ListRequest { filter, sort: Sort::default(), page: 1, page_size: 1 };
        outcome = store.list(&first).await.map(drop);
    }
    readiness.record_read(outcome.as_ref().map(|&()| ()));
    outcome
}
