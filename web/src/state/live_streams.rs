//! Live streams: open pages receive updates while they are open.
//!
//! One poller per process serves all streams: the first stream starts it, it publishes updates, and it ends when no
//! stream is left. The number of streams is limited.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{Stream, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;

/// The text that is sent to all streams.
pub(crate) type Update = Arc<str>;

/// The open streams of this process.
#[derive(Debug)]
pub(crate) struct LiveStreams {
    /// None after [`LiveStreams::close`].
    hub: Mutex<Option<Hub>>,
    slots: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct Hub {
    /// The newest update; none if it may be outdated.
    updates: watch::Sender<Option<Update>>,
    poller: Option<JoinHandle<()>>,
}

impl LiveStreams {
    /// For at most `max_streams` streams at once, at least one.
    pub(crate) fn new(max_streams: usize) -> Self {
        let slots = Arc::new(Semaphore::new(max_streams.max(1)));
        Self { hub: Mutex::new(Some(Hub::default())), slots }
    }

    /// Ends all streams and refuses new ones.
    pub(crate) fn close(&self) {
        self.with_hub(|hub| *hub = None);
    }

    /// Opens a stream, which begins with the newest update. `poller` is started if none runs. None if there are too
    /// many streams, or if the shop is shutting down.
    pub(crate) fn subscribe<P, F>(&self, poller: P) -> Option<impl Stream<Item = Update> + use<P, F>>
    where
        P: FnOnce() -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let slot = Arc::clone(&self.slots).try_acquire_owned().ok()?;
        let updates = self.with_hub(|hub| {
            let hub = hub.as_mut()?;
            let mut updates = hub.updates.subscribe();
            updates.mark_changed();
            if hub.poller.as_ref().is_none_or(JoinHandle::is_finished) {
                hub.poller = Some(tokio::spawn(poller()));
            }
            Some(updates)
        })?;
        Some(stream::unfold((updates, slot), next_update))
    }

    /// Whether streams are open, for the poller. If there are none, the poller has to end.
    pub(crate) fn is_in_use(&self) -> bool {
        self.with_hub(|hub| {
            let Some(hub) = hub.as_mut() else { return false };
            if hub.updates.receiver_count() > 0 {
                return true;
            }
            // A later stream must not receive an update from before it opened.
            hub.updates.send_replace(None);
            hub.poller = None;
            false
        })
    }

    /// Sends an update to all streams, unless they have it.
    pub(crate) fn publish(&self, update: &Update) {
        self.with_hub(|hub| {
            let Some(hub) = hub.as_ref() else { return };
            hub.updates.send_if_modified(|last| {
                let is_new = last.as_ref() != Some(update);
                *last = Some(Arc::clone(update));
                is_new
            });
        });
    }

    fn with_hub<T>(&self, act: impl FnOnce(&mut Option<Hub>) -> T) -> T {
        act(&mut self.hub.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

type Subscription = (watch::Receiver<Option<Update>>, OwnedSemaphorePermit);

async fn next_update((mut updates, slot): Subscription) -> Option<(Update, Subscription)> {
    loop {
        updates.changed().await.ok()?;
        let update = updates.borrow_and_update().clone();
        if let Some(update) = update {
            return Some((update, (updates, slot)));
        }
    }
}
