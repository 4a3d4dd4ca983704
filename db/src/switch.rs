//! The current store, replaced while requests run.
//!
//! Whoever asks [`Switch::current`] at the start of a request keeps that store until the request is done, so a running request ends
//! on the connections that it began with. The old store closes its connections when the last of them lets go.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::store::Store;

/// A handle on the current store; clones see the same one.
#[derive(Clone, Debug)]
pub struct Switch(Arc<ArcSwap<Store>>);

impl Switch {
    /// Starts with this store.
    pub fn new(store: Store) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(store)))
    }

    /// The store of now.
    pub fn current(&self) -> Arc<Store> {
        self.0.load_full()
    }
}
