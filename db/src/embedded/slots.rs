//! A fixed set of connections, each used by one statement at a time.
//!
//! A statement runs on a blocking thread, which may outlive the request that started it.

use std::fmt::Display;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, InterruptHandle};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::rows;
use crate::anchors::Anchors;
use crate::error::Error;

/// A connection, and what it knows about the data.
#[derive(Debug)]
pub(super) struct StoreConnection {
    pub(super) connection: Connection,
    pub(super) anchors: VersionedAnchors,
}

/// The anchors of one state of the file.
#[derive(Debug, Default)]
pub(super) struct VersionedAnchors {
    data_version: i64,
    anchors: Anchors,
}

impl VersionedAnchors {
    /// The anchors of the state with this `data_version` of the connection; none if it is another one.
    pub(super) fn at(&mut self, data_version: i64) -> &mut Anchors {
        if self.data_version != data_version {
            *self = Self { data_version, anchors: Anchors::default() };
        }
        &mut self.anchors
    }
}

impl Deref for StoreConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for StoreConnection {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

/// Connections, and one permit for each.
#[derive(Debug)]
pub(super) struct ConnectionSlots {
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<StoreConnection>>>,
}

/// A connection in use. Dropping it, also by a panic, returns the connection first and its permit then.
pub(super) struct ConnectionSlot {
    connection: Option<StoreConnection>,
    idle: Arc<Mutex<Vec<StoreConnection>>>,
    _permit: OwnedSemaphorePermit,
}

impl ConnectionSlots {
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        let with_anchors = |connection| StoreConnection { connection, anchors: VersionedAnchors::default() };
        let idle: Vec<_> = connections.into_iter().map(with_anchors).collect();
        Self { permits: Arc::new(Semaphore::new(idle.len())), idle: Arc::new(Mutex::new(idle)) }
    }

    /// Number of connections that are not in use.
    pub(super) fn idle(&self) -> u32 {
        self.permits.available_permits() as u32
    }

    /// Waits for a connection.
    pub(super) async fn acquire(&self) -> Result<ConnectionSlot, Error> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(closed)?;
        let connection = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(ConnectionSlot { connection, idle: Arc::clone(&self.idle), _permit: permit })
    }
}

impl ConnectionSlot {
    /// Runs the work on a blocking thread, and interrupts it if the caller is dropped meanwhile.
    pub(super) async fn run<T: Send + 'static>(
        mut self,
        work: impl FnOnce(&mut StoreConnection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let interrupt =
            Arc::new(Mutex::new(self.connection.as_ref().map(|connection| connection.get_interrupt_handle())));
        let _guard = InterruptOnDrop(Arc::clone(&interrupt));
        let task = tokio::task::spawn_blocking(move || {
            let connection = self.connection.as_mut().ok_or_else(|| closed("no connection"))?;
            let result = work(connection).map_err(rows::error);
            // From here on an interrupt would hit the next user of the connection.
            interrupt.lock().unwrap_or_else(PoisonError::into_inner).take();
            result
        });
        task.await.map_err(closed)?
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let idle = &mut self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.extend(self.connection.take());
    }
}

/// Interrupts work that still runs when the caller is gone.
struct InterruptOnDrop(Arc<Mutex<Option<InterruptHandle>>>);

impl Drop for InterruptOnDrop {
    fn drop(&mut self) {
        if let Some(handle) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            handle.interrupt();
        }
    }
}

fn closed(reason: impl Display) -> Error {
    Error::Unavailable(format!("the embedded store is closed: {reason}"))
}
