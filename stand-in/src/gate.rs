//! A gate that a test opens, so that the test waits for an event instead of a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

/// A gate that is closed until it is opened, once and for all. Clones share it. For [`Fault::HoldReply`](crate::Fault).
#[derive(Clone, Debug)]
pub struct Gate(Arc<State>);

#[derive(Debug)]
struct State {
    /// Never has a permit. Closing it ends all waits, which opens the gate.
    semaphore: Semaphore,
    arrivals: AtomicUsize,
}

impl Gate {
    /// Creates a closed gate.
    pub fn closed() -> Self {
        Self(Arc::new(State { semaphore: Semaphore::new(0), arrivals: AtomicUsize::new(0) }))
    }

    /// Opens the gate for replies that wait and for later ones.
    pub fn open(&self) {
        self.0.semaphore.close();
    }

    /// How many replies have reached the gate so far.
    pub fn arrivals(&self) -> usize {
        self.0.arrivals.load(Ordering::SeqCst)
    }

    /// Waits until the gate is open.
    pub(crate) async fn wait(&self) {
        self.0.arrivals.fetch_add(1, Ordering::SeqCst);
        drop(self.0.semaphore.acquire().await);
    }
}

impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Gate {}
