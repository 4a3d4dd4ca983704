//! Transactions, by T-SQL or transaction-manager requests, and USE.

use super::{Engine, Reply, TransactionRequest};
use crate::error::SqlError;
use crate::store::Database;

/// ENVCHANGE types (MS-TDS 2.2.7.9).
const BEGUN: u8 = 8;
const COMMITTED: u8 = 9;
const ROLLED_BACK: u8 = 10;

impl Engine {
    pub(super) fn transaction(&mut self, request: TransactionRequest, reply: &mut Reply) -> Result<(), SqlError> {
        match request {
            TransactionRequest::Begin => self.begin(reply),
            TransactionRequest::Commit { begin_next } => {
                self.commit(reply)?;
                if begin_next { self.begin(reply) } else { Ok(()) }
            }
            TransactionRequest::Rollback { begin_next } => {
                self.roll_back(reply)?;
                if begin_next { self.begin(reply) } else { Ok(()) }
            }
        }
    }

    /// Checks that a request names the open transaction, or 0 if there is none (MS-TDS 2.2.5.3.2).
    pub(super) fn check_transaction(&self) -> Result<(), SqlError> {
        let open = if self.context.transactions == 0 { 0 } else { self.descriptor };
        match self.requested_transaction {
            None => Ok(()),
            Some(requested) if requested == open => Ok(()),
            Some(0) => {
                let text = "New request is not allowed to start because it should come with valid transaction \
                            descriptor.";
                Err(SqlError::new(3989, 16, text))
            }
            Some(requested) => {
                let text = format!("The server failed to resume the transaction. Desc:{requested:x}.");
                Err(SqlError::new(3971, 16, text))
            }
        }
    }

    /// Begins a transaction, or increments its nesting level. It locks nothing until its first write.
    pub(super) fn begin(&mut self, reply: &mut Reply) -> Result<(), SqlError> {
        if self.context.transactions == 0 {
            // Unique among the transactions of the server.
            self.descriptor = (u64::from(self.context.session_id) << 32) | (self.descriptor + 1) & u64::from(u32::MAX);
            reply.tokens().binary_change(BEGUN, &self.descriptor.to_le_bytes(), &[]);
        }
        self.context.transactions += 1;
        Ok(())
    }

    /// Refuses writes in a transaction that can only be rolled back.
    pub(super) fn may_write(&self) -> Result<(), SqlError> {
        if self.doomed { Err(SqlError::uncommittable()) } else { Ok(()) }
    }

    pub(super) fn commit(&mut self, reply: &mut Reply) -> Result<(), SqlError> {
        self.may_write()?;
        match self.context.transactions {
            0 => {
                let text = "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.";
                Err(SqlError::new(3902, 16, text))
            }
            1 => {
                if self.contention.is_some() {
                    self.commit_changes()?;
                } else if !self.connection.is_autocommit() {
                    self.connection.execute_batch("COMMIT")?;
                }
                self.context.transactions = 0;
                self.stop_writing();
                reply.tokens().binary_change(COMMITTED, &[], &self.descriptor.to_le_bytes());
                Ok(())
            }
            _ => {
                self.context.transactions -= 1;
                Ok(())
            }
        }
    }

    /// Rolls back the whole transaction, at any nesting level.
    pub(super) fn roll_back(&mut self, reply: &mut Reply) -> Result<(), SqlError> {
        if self.context.transactions == 0 {
            let text = "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.";
            return Err(SqlError::new(3903, 16, text));
        }
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        self.row_locks.release(self.context.session_id);
        (self.context.transactions, self.doomed) = (0, false);
        self.stop_writing();
        reply.tokens().binary_change(ROLLED_BACK, &[], &self.descriptor.to_le_bytes());
        Ok(())
    }

    pub(super) fn use_database(&mut self, name: &str, reply: &mut Reply) -> Result<(), SqlError> {
        if self.context.transactions > 0 {
            return Err(SqlError::unsupported("USE inside a transaction"));
        }
        let found = self.store.database(name).map_err(|error| SqlError::new(823, 24, error.to_string()))?;
        let Some(database) = found else {
            let text = format!("Database '{name}' does not exist. Make sure that the name is entered correctly.");
            return Err(SqlError::new(911, 16, text));
        };
        let login = &self.context.login;
        let user = database.user_for_login(login, self.context.sysadmin)?.ok_or_else(|| {
            let text = "is not able to access the database";
            let text = format!(
                "The server principal \"{login}\" {text} \"{}\" under the current security context.",
                database.name
            );
            SqlError::new(916, 14, text)
        })?;
        let Database { name, connection, write_lock, row_locks, in_use } = database;
        reply.tokens().text_change(1, &name, &self.context.database);
        reply.info(5701, &format!("Changed database context to '{name}'."));
        (self.connection, self.write_lock, self.row_locks) = (connection, write_lock, row_locks);
        self.in_use = in_use;
        self.watch()?;
        (self.context.database, self.context.user) = (name, user);
        Ok(())
    }
}
