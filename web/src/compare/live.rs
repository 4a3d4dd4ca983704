//! Who looks at the comparison is told of every change, by whomever it was made.
//!
//! One poller for the whole process asks the database a cheap question while somebody listens, and makes the page's changing parts once
//! for all who look at the same time line. Nobody listens: nothing is asked. Readers are counted, and end with the shop.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bookstore_db::comparison::Changes;
use futures_util::{Stream, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;

use super::range::Range;
use super::view::ComparisonView;
use crate::app::AppState;
use crate::identity::IdentityLine;

/// How long a change may go unnoticed, beyond what the question itself takes.
const PAUSE: Duration = Duration::from_secs(1);
/// The same while the database is away: each question may be a login, and an account must not be locked by asking.
const LONG_PAUSE: Duration = Duration::from_secs(5);

/// HTML elements, each with the id of the one on the page that it replaces.
pub(super) type Update = Arc<str>;

/// The listeners of this process. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    /// None once the shop ends.
    hub: Arc<Mutex<Option<Hub>>>,
    places: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Hub {
    /// One for each of [`Range::ALL`]: the newest update, none if it may be out of date.
    updates: [watch::Sender<Option<Update>>; Range::ALL.len()],
    poller: Option<JoinHandle<()>>,
}

impl Live {
    /// For so many listeners at once, at least one.
    pub(crate) fn new(listeners: usize) -> Self {
        let places = Arc::new(Semaphore::new(listeners.max(1)));
        Self { hub: Arc::new(Mutex::new(Some(Hub::default()))), places }
    }

    /// Ends all streams, and lets no more begin.
    pub(crate) fn close(&self) {
        self.with(|hub| *hub = None);
    }

    /// The updates of a time line, of which the first comes at once. None if there are too many listeners, or the shop ends.
    pub(super) fn listen(&self, state: &AppState, range: Range) -> Option<impl Stream<Item = Update> + use<>> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        let updates = self.with(|hub| {
            let hub = hub.as_mut()?;
            let mut updates = hub.updates[range.index()].subscribe();
            updates.mark_changed();
            if hub.poller.as_ref().is_none_or(JoinHandle::is_finished) {
                hub.poller = Some(tokio::spawn(poll(state.clone())));
            }
            Some(updates)
        })?;
        Some(stream::unfold((updates, place), next))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Option<Hub>) -> T) -> T {
        act(&mut self.hub.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The time lines that somebody looks at, and whether each has an update. None once nobody does: the poller is to end.
    fn wanted(&self) -> Option<Vec<(Range, bool)>> {
        self.with(|hub| {
            let hub = hub.as_mut()?;
            let mut wanted = Vec::new();
            for range in Range::ALL {
                let updates = &hub.updates[range.index()];
                match updates.receiver_count() {
                    // Whoever comes later must not get what was true then.
                    0 => drop(updates.send_replace(None)),
                    _ => wanted.push((range, updates.borrow().is_some())),
                }
            }
            if wanted.is_empty() {
                hub.poller = None;
            }
            (!wanted.is_empty()).then_some(wanted)
        })
    }

    fn send(&self, range: Range, update: &Update) {
        self.with(|hub| {
            if let Some(hub) = hub {
                hub.updates[range.index()].send_if_modified(|last| {
                    let changed = last.as_ref() != Some(update);
                    *last = Some(Arc::clone(update));
                    changed
                });
            }
        });
    }
}

type Listener = (watch::Receiver<Option<Update>>, OwnedSemaphorePermit);

async fn next((mut updates, place): Listener) -> Option<(Update, Listener)> {
    loop {
        updates.changed().await.ok()?;
        let update = updates.borrow_and_update().clone();
        if let Some(update) = update {
            return Some((update, (updates, place)));
        }
    }
}

/// What the poller saw last. The identity is part of it: a switch to another login, or a database that goes away, is a change.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    changes: Option<Changes>,
    identity: String,
}

async fn poll(state: AppState) {
    let mut seen = None;
    while let Some(wanted) = state.live.wanted() {
        let store = state.store();
        let changes = store.changes().await.ok();
        let now = Some(Seen { changes, identity: IdentityLine::of(&store.login_state()).to_string() });
        let all_sent = wanted.iter().all(|(_, has_update)| *has_update);
        if now != seen || !all_sent {
            // What was not sent whole is sent again, even once all is as it was before.
            seen = if refresh(&state, &wanted, changes.is_some()).await { now } else { None };
        }
        drop(store);
        tokio::time::sleep(if changes.is_some() { PAUSE } else { LONG_PAUSE }).await;
    }
}

/// Makes and sends the updates. False if a comparison could not be had; then only the identity line is sent, which says so.
async fn refresh(state: &AppState, wanted: &[(Range, bool)], is_there: bool) -> bool {
    let store = state.store();
    let mut whole = true;
    for (range, _) in wanted {
        let compared = if is_there { store.compare(&range.request()).await.ok() } else { None };
        let mut html = IdentityLine::of(&store.login_state()).to_string();
        match compared {
            Some(comparison) => html.push_str(&ComparisonView::of(&comparison).to_string()),
            None => whole = false,
        }
        state.live.send(*range, &html.into());
    }
    whole
}
