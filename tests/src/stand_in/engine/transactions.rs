//! Transactions, begun and ended by T-SQL or by transaction-manager requests, and the change of database.

use super::super::error::SqlError;
use super::super::security::{self, User};
use super::super::store::{Database, MASTER};
use super::{Engine, Reply, TransactionRequest};

/// ENVCHANGE types (MS-TDS 2.2.7.9).
const BEGUN: u8 = 8;
const COMMITTED: u8 = 9;
const ROLLED_BACK: u8 = 10;

impl Engine {
    pub(super) fn transaction(&mut self, request: TransactionRequest, reply: &mut Reply) -> Result<(), SqlError> {
        match request {
            TransactionRequest::Begin => self.begin(reply),
            TransactionRequest::Commit => self.commit(reply),
            TransactionRequest::Rollback => self.roll_back(reply),
        }
    }

    /// What names this session's transaction to the client.
    fn descriptor(&self) -> [u8; 8] {
        u64::from(self.facts.session_id).to_le_bytes()
    }

    /// Begins a transaction, or counts one more level. It takes SQLite's write lock at once, so that no two transactions
    /// can end in a deadlock that SQL Server, which locks rows, would not have.
    pub(super) fn begin(&mut self, reply: &mut Reply) -> Result<(), SqlError> {
        if self.facts.transactions == 0 {
            self.begin_to_write("BEGIN IMMEDIATE")?;
            reply.tokens().binary_change(BEGUN, &self.descriptor(), &[]);
        }
        self.facts.transactions += 1;
        Ok(())
    }

    pub(super) fn commit(&mut self, reply: &mut Reply) -> Result<(), SqlError> {
        match self.facts.transactions {
            0 => {
                let text = "The COMMIT TRANSACTION request has no corresponding BEGIN TRANSACTION.";
                Err(SqlError::new(3902, 16, text))
            }
            1 => {
                self.connection.execute_batch("COMMIT")?;
                self.facts.transactions = 0;
                self.stop_writing();
                reply.tokens().binary_change(COMMITTED, &[], &self.descriptor());
                Ok(())
            }
            _ => {
                self.facts.transactions -= 1;
                Ok(())
            }
        }
    }

    /// Undoes the whole transaction, whatever its depth.
    pub(super) fn roll_back(&mut self, reply: &mut Reply) -> Result<(), SqlError> {
        if self.facts.transactions == 0 {
            let text = "The ROLLBACK TRANSACTION request has no corresponding BEGIN TRANSACTION.";
            return Err(SqlError::new(3903, 16, text));
        }
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        self.facts.transactions = 0;
        self.stop_writing();
        reply.tokens().binary_change(ROLLED_BACK, &[], &self.descriptor());
        Ok(())
    }

    pub(super) fn use_database(&mut self, name: &str, reply: &mut Reply) -> Result<(), SqlError> {
        if self.facts.transactions > 0 {
            return Err(SqlError::unsupported("USE inside a transaction"));
        }
        let found = self.store.database(name).map_err(|error| SqlError::new(823, 24, error.to_string()))?;
        let Some(database) = found else {
            let text = format!("Database '{name}' does not exist. Make sure that the name is entered correctly.");
            return Err(SqlError::new(911, 16, text));
        };
        let login = &self.facts.login;
        let user = user_in(&database, login, self.facts.sysadmin)?.ok_or_else(|| {
            let text = "is not able to access the database";
            let text = format!(
                "The server principal \"{login}\" {text} \"{}\" under the current security context.",
                database.name
            );
            SqlError::new(916, 14, text)
        })?;
        let Database { name, connection, write_lock } = database;
        reply.tokens().text_change(1, &name, &self.facts.database);
        reply.info(5701, &format!("Changed database context to '{name}'."));
        (self.connection, self.write_lock) = (connection, write_lock);
        self.watch()?;
        (self.facts.database, self.facts.user) = (name, user);
        Ok(())
    }
}

/// Who a login is in a database; `None` where it may not enter. In master everyone is at least guest.
pub(crate) fn user_in(database: &Database, login: &str, sysadmin: bool) -> Result<Option<User>, SqlError> {
    if sysadmin {
        return Ok(Some(User::Owner));
    }
    if let Some(user) = security::user_of(&database.connection, login)? {
        return Ok(Some(user));
    }
    let guest = if database.name == MASTER { security::principal(&database.connection, "guest")? } else { None };
    Ok(guest.map(|(id, _)| User::Named { id, name: "guest".to_owned() }))
}
