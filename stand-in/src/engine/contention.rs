//! Contention mode: transactions of several sessions change one database at once, and wait for each other's rows.
//!
//! SQLite has one writer at a time, so an open transaction is kept as the rows that it changed. Each statement runs on
//! the committed rows with those of its own transaction, in a SQLite transaction that is rolled back; what it changed
//! is locked, and kept. COMMIT writes the rows.

use super::translated::{Rows, Translated};
use super::{Engine, LOCK_WAIT, ReadCommitted};
use crate::error::SqlError;
use crate::store::row_locks::{Changes, Resource, RowId, Waiter};
use crate::store::rows::{TableShape, apply};
use rusqlite::params;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// What a write would do.
struct Attempt {
    rows: u64,
    output: Rows,
    changes: Changes,
    locks: BTreeSet<Resource>,
}

impl Engine {
    /// Runs a query. Unless reads use row versions, it waits while an uncommitted change of another session would
    /// change its result.
    pub(super) fn contended_read(&mut self, query: Translated<'_>) -> Result<Rows, SqlError> {
        loop {
            let own = self.row_locks.changes(self.context.session_id);
            let rows = match own.is_empty() {
                true => query.run(&self.connection)?.0,
                false => self.on_top_of(&[&own], |engine| Ok(query.run(&engine.connection)?.0))?,
            };
            if self.contention == Some(ReadCommitted::Snapshot) {
                return Ok(rows);
            }
            let again = |engine: &mut Self| Ok(query.run(&engine.connection)?.0);
            let Some(other) = self.first_that_matters(&own, again, &rows)? else { return Ok(rows) };
            self.row_locks.clone().wait_for(other, &self.waiter(&|| self.is_cancelled()))?;
        }
    }

    /// The first other session whose uncommitted rows would change the result.
    fn first_that_matters<T: PartialEq>(
        &mut self,
        own: &Changes,
        run: impl Fn(&mut Self) -> Result<T, SqlError>,
        result: &T,
    ) -> Result<Option<u16>, SqlError> {
        for (other, changes) in self.row_locks.other_changes(self.context.session_id) {
            match self.on_top_of(&[own, &changes], &run) {
                Ok(with_other) if with_other == *result => {}
                Err(error) if error.is_cancelled() => return Err(error),
                _ => return Ok(Some(other)),
            }
        }
        Ok(None)
    }

    /// Runs a write, locks what it changes, and keeps the changes for COMMIT; outside a transaction, commits them.
    pub(super) fn contended_write(&mut self, write: Translated<'_>, is_insert: bool) -> Result<(u64, Rows), SqlError> {
        let result = if is_insert { self.contended_insert(write) } else { self.contended_change(write) };
        match result {
            Ok(attempt) => {
                self.row_locks.add_changes(self.context.session_id, attempt.changes);
                if self.context.transactions == 0 {
                    self.commit_changes()?;
                }
                Ok((attempt.rows, attempt.output))
            }
            Err(error) => {
                if self.context.transactions == 0 {
                    self.row_locks.release(self.context.session_id);
                }
                Err(error)
            }
        }
    }

    /// UPDATE and DELETE evaluate their conditions on rows that they have locked, so after a wait they start again.
    fn contended_change(&mut self, write: Translated<'_>) -> Result<Attempt, SqlError> {
        loop {
            let own = self.row_locks.changes(self.context.session_id);
            let attempt = self.on_top_of(&[&own], |engine| engine.try_write(write))?;
            let locks = self.row_locks.clone();
            if !locks.acquire(&attempt.locks, &self.waiter(&|| self.is_cancelled()))? {
                let again = self.on_top_of(&[&own], |engine| engine.try_write(write))?;
                if again.locks == attempt.locks {
                    return Ok(again);
                }
            }
        }
    }

    /// INSERT reads first and locks its new keys afterwards, so two sessions may both find a key missing. The second
    /// then waits for the first, and fails with 2601 or 2627 if that commits.
    fn contended_insert(&mut self, write: Translated<'_>) -> Result<Attempt, SqlError> {
        let (own, attempt) = loop {
            let own = self.row_locks.changes(self.context.session_id);
            let attempt = self.on_top_of(&[&own], |engine| engine.try_write(write))?;
            if self.contention == Some(ReadCommitted::Snapshot) {
                break (own, attempt);
            }
            let count = |engine: &mut Self| engine.try_write(write).map(|attempt| attempt.rows);
            let Some(other) = self.first_that_matters(&own, count, &attempt.rows)? else { break (own, attempt) };
            self.row_locks.clone().wait_for(other, &self.waiter(&|| self.is_cancelled()))?;
        };
        std::thread::yield_now(); // other sessions may read now
        self.row_locks.clone().acquire(&attempt.locks, &self.waiter(&|| self.is_cancelled()))?;
        self.on_top_of(&[&own, &attempt.changes], |_| Ok(()))?;
        Ok(attempt)
    }

    /// Writes the rows of the session's transaction, and releases its locks.
    pub(super) fn commit_changes(&mut self) -> Result<(), SqlError> {
        let changes = self.row_locks.changes(self.context.session_id);
        let permit = self.write_lock.take(LOCK_WAIT, || false)?;
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let applied = apply(&self.connection, &changes);
        self.connection.execute_batch(if applied.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        drop(permit);
        self.row_locks.release(self.context.session_id);
        applied
    }

    /// Runs `run` on the committed rows with these changes, and undoes everything.
    fn on_top_of<T>(
        &mut self,
        changes: &[&Changes],
        run: impl FnOnce(&mut Self) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let permit = self.write_lock.take(LOCK_WAIT, || self.is_cancelled())?;
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let result = changes.iter().try_for_each(|changes| apply(&self.connection, changes)).and_then(|()| run(self));
        // SQLite itself rolls back when a write is interrupted.
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        drop(permit);
        result
    }

    /// Runs a write inside [`Engine::on_top_of`] and finds what it changes and locks.
    fn try_write(&mut self, write: Translated<'_>) -> Result<Attempt, SqlError> {
        self.skip_row_ids()?;
        let touched = Arc::new(Mutex::new(BTreeSet::<RowId>::new()));
        let note = {
            let touched = Arc::clone(&touched);
            move |_, _: &str, table: &str, row_id| {
                touched.lock().unwrap_or_else(PoisonError::into_inner).insert((table.to_owned(), row_id));
            }
        };
        self.connection.execute_batch("SAVEPOINT attempt")?;
        self.connection.update_hook(Some(note))?;
        let result = write.run(&self.connection);
        self.connection.update_hook(None::<fn(rusqlite::hooks::Action, &str, &str, i64)>)?;
        let (output, rows) = result?;
        let touched = touched.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut after = Vec::new();
        for (table, row_id) in touched {
            let shape = TableShape::of(&self.connection, &table)?;
            let row = shape.row(&self.connection, row_id)?;
            after.push((table, row_id, shape, row));
        }
        self.connection.execute_batch("ROLLBACK TO attempt")?;
        let (mut changes, mut locks) = (Changes::new(), BTreeSet::new());
        for (table, mut row_id, shape, after) in after {
            let before = shape.row(&self.connection, row_id)?;
            if before.is_none() && after.is_none() {
                continue;
            }
            if before.is_none() {
                if !shape.names_row_id {
                    // SQLite gives a rolled-back row's id to the next row, of whichever session.
                    row_id = self.row_locks.row_ids().get(&table).copied().unwrap_or_default().max(row_id - 1) + 1;
                }
                self.row_locks.reserve(&table, row_id);
            }
            locks.extend([&before, &after].into_iter().flatten().flat_map(|row| shape.keys(row)));
            locks.insert(Resource::Row((table.clone(), row_id)));
            changes.insert((table, row_id), after);
        }
        Ok(Attempt { rows, output, changes, locks })
    }

    /// Makes identity values continue after those that were given out, committed or not ("IDENTITY (Property)").
    pub(super) fn skip_row_ids(&self) -> Result<(), SqlError> {
        for (table, highest) in self.row_locks.row_ids() {
            let sql = "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1";
            if self.connection.execute(sql, params![table, highest])? == 0 {
                self.connection
                    .execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)", params![table, highest])?;
            }
        }
        Ok(())
    }

    fn waiter<'a>(&self, cancelled: &'a dyn Fn() -> bool) -> Waiter<'a> {
        Waiter { session: self.context.session_id, limit: self.options.lock_timeout.unwrap_or(LOCK_WAIT), cancelled }
    }
}
