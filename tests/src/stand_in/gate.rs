//! A gate that a test opens: what waits before it waits for an event, not for a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

/// Closed until it is opened, once and for all. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<State>);

#[derive(Debug)]
struct State {
    /// Closed as a semaphore is what opens the gate.
    way: Semaphore,
    arrivals: AtomicUsize,
}

impl Gate {
    /// A closed gate.
    pub fn closed() -> Self {
        Self(Arc::new(State { way: Semaphore::new(0), arrivals: AtomicUsize::new(0) }))
    }

    /// Lets through whoever waits and whoever comes.
    pub fn open(&self) {
        self.0.way.close();
    }

    /// How many have ever come to the gate.
    pub fn arrivals(&self) -> usize {
        self.0.arrivals.load(Ordering::SeqCst)
    }

    pub(crate) async fn pass(&self) {
        self.0.arrivals.fetch_add(1, Ordering::SeqCst);
        // There is never a permit: the answer comes when the gate opens.
        drop(self.0.way.acquire().await);
    }
}

impl PartialEq for Gate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Gate {}
