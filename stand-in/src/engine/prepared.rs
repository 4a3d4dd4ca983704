//! Prepared statements and their handles.

use crate::error::SqlError;
use std::collections::HashMap;

/// A prepared batch: its text, and the declarations of its parameters.
#[derive(Clone)]
pub(super) struct PreparedBatch {
    pub(super) sql: String,
    pub(super) declarations: String,
}

/// The prepared statements of a session by their handles.
#[derive(Default)]
pub(super) struct PreparedStatements {
    by_handle: HashMap<i64, PreparedBatch>,
    last_handle: i64,
}

impl PreparedStatements {
    /// Keeps a batch, and returns its handle.
    pub(super) fn add(&mut self, batch: PreparedBatch) -> i64 {
        self.last_handle += 1;
        self.by_handle.insert(self.last_handle, batch);
        self.last_handle
    }

    /// # Errors
    /// 8179 if there is no such handle.
    pub(super) fn get(&self, handle: i64) -> Result<PreparedBatch, SqlError> {
        self.by_handle.get(&handle).cloned().ok_or_else(|| unknown(handle))
    }

    /// # Errors
    /// 8179 if there is no such handle.
    pub(super) fn remove(&mut self, handle: i64) -> Result<(), SqlError> {
        self.by_handle.remove(&handle).map(drop).ok_or_else(|| unknown(handle))
    }
}

fn unknown(handle: i64) -> SqlError {
    SqlError::new(8179, 16, format!("Could not find prepared statement with handle {handle}."))
}
