//! Connections to the file, each used by one statement at a time. SQLite blocks, so a statement runs on a blocking thread, which
//! may outlive the request that asked for it.

use std::fmt::Display;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, InterruptHandle};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::rows;
use crate::error::Error;

/// Some connections, and a permit for each.
#[derive(Debug)]
pub(super) struct Lanes {
    permits: Arc<Semaphore>,
    free: Arc<Mutex<Vec<Connection>>>,
}

/// A connection that is taken. Dropping it, even by a panic, gives it back; its permit follows.
pub(super) struct Lane {
    connection: Option<Connection>,
    free: Arc<Mutex<Vec<Connection>>>,
    _permit: OwnedSemaphorePermit,
}

impl Lanes {
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        Self { permits: Arc::new(Semaphore::new(connections.len())), free: Arc::new(Mutex::new(connections)) }
    }

    pub(super) fn idle(&self) -> u32 {
        self.permits.available_permits() as u32
    }

    /// Waits for a free connection.
    pub(super) async fn take(&self) -> Result<Lane, Error> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(closed)?;
        let connection = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Lane { connection, free: Arc::clone(&self.free), _permit: permit })
    }
}

impl Lane {
    /// Runs the work on a blocking thread. If the caller goes away meanwhile, the work is interrupted.
    pub(super) async fn run<T: Send + 'static>(
        mut self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let running = Arc::new(Mutex::new(self.connection.as_ref().map(Connection::get_interrupt_handle)));
        let _abandoned = Abandoned(Arc::clone(&running));
        let task = tokio::task::spawn_blocking(move || {
            let connection = self.connection.as_mut().ok_or_else(|| closed("no connection"))?;
            let answer = work(connection).map_err(rows::error);
            // From here on an interruption would hit the next user of the connection.
            running.lock().unwrap_or_else(PoisonError::into_inner).take();
            answer
        });
        task.await.map_err(closed)?
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        let free = &mut self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.extend(self.connection.take());
    }
}

/// Interrupts the work that still runs when the caller is gone.
struct Abandoned(Arc<Mutex<Option<InterruptHandle>>>);

impl Drop for Abandoned {
    fn drop(&mut self) {
        if let Some(running) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            running.interrupt();
        }
    }
}

pub(super) fn closed(reason: impl Display) -> Error {
    Error::Unavailable(format!("the embedded store is closed: {reason}"))
}
