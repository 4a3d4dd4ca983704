//! Runs the requests of one session, one after another, on a blocking thread.

mod binding;
mod calls;
mod contention;
mod definitions;
mod prepared;
mod procedures;
mod reply;
mod request;
mod statements;
mod steps;
mod transactions;
mod translated;

use prepared::PreparedStatements;
pub(crate) use reply::Reply;
pub(crate) use request::{Request, TransactionRequest};

use crate::error::SqlError;
use crate::store::app_locks::AppLocks;
use crate::store::row_locks::RowLocks;
use crate::store::write_lock::{WriteLock, WritePermit};
use crate::store::{Database, DatabaseUse, Store};
use crate::tsql::context::{SessionContext, Variables};
use crate::tsql::grammar;
use crate::wire::rpc::ProcedureCall;
use crate::wire::tokens::DoneKind;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// ENVCHANGE type of an acknowledged reset (MS-TDS 2.2.7.9).
const RESET_DONE: u8 = 18;

/// The number of the error for a called batch that ends with another transaction count than it began with.
const UNBALANCED: i32 = 266;

/// SQLite operations between two checks of the cancel flag: a few microseconds.
const OPERATIONS: i32 = 1000;

/// Cancels the running request from another thread.
#[derive(Debug, Clone)]
pub(crate) struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    pub(crate) fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// How a statement at READ COMMITTED, in contention mode, reads a row that another session has changed and not
/// committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadCommitted {
    /// It waits: the database option READ_COMMITTED_SNAPSHOT is off, SQL Server's default.
    Locking,
    /// It reads the last committed version: the option is on, Azure SQL's default.
    Snapshot,
}

/// The SET options of a session.
#[derive(Debug, Clone, Default)]
struct SetOptions {
    abort_transaction: bool,
    no_count: bool,
    /// LOCK_TIMEOUT: how long to wait for other transactions. The default is [`LOCK_WAIT`].
    lock_timeout: Option<Duration>,
}

/// SQL Server waits without limit; a test should fail instead.
const LOCK_WAIT: Duration = Duration::from_secs(60);

/// Runs the statements of one session on its database.
pub(crate) struct Engine {
    store: Arc<Store>,
    locks: Arc<AppLocks>,
    connection: Connection,
    write_lock: WriteLock,
    row_locks: RowLocks,
    in_use: DatabaseUse,
    /// In contention mode: how it reads.
    contention: Option<ReadCommitted>,
    /// Held while a transaction is open, of the session or of one statement.
    write_permit: Option<WritePermit>,
    context: SessionContext,
    options: SetOptions,
    cancelled: Arc<AtomicBool>,
    /// The database of the login, to which a reset returns.
    home: String,
    /// Whether the next request begins with a reset of the session.
    resets: bool,
    /// The transaction to which the client assigns the next request; `None` if it names none.
    requested_transaction: Option<u64>,
    /// The descriptor of the open transaction, or of the latest.
    descriptor: u64,
    prepared: PreparedStatements,
    /// Whether the error under way was raised with XACT_ABORT on, in dynamic SQL whose option it was.
    aborting: bool,
    /// Whether the open transaction can only be rolled back.
    doomed: bool,
    /// Nesting depth of TRY blocks.
    tries: u32,
    terminated: bool,
}

impl Engine {
    pub(crate) fn new(
        store: Arc<Store>,
        locks: Arc<AppLocks>,
        database: Database,
        context: SessionContext,
        contention: Option<ReadCommitted>,
    ) -> Result<Self, SqlError> {
        let (options, cancelled) = (SetOptions::default(), Arc::new(AtomicBool::new(false)));
        let home = context.database.clone();
        let Database { connection, write_lock, row_locks, in_use, .. } = database;
        let mut engine = Self {
            store,
            locks,
            connection,
            write_lock,
            row_locks,
            in_use,
            contention,
            write_permit: None,
            context,
            options,
            cancelled,
            home,
            resets: false,
            requested_transaction: None,
            descriptor: 0,
            prepared: PreparedStatements::default(),
            aborting: false,
            doomed: false,
            tries: 0,
            terminated: false,
        };
        engine.watch()?;
        Ok(engine)
    }

    /// Makes SQLite check the cancel flag while it runs. SQLite's own interrupt would miss a statement that is about to
    /// start.
    fn watch(&mut self) -> Result<(), SqlError> {
        let cancelled = Arc::clone(&self.cancelled);
        Ok(self.connection.progress_handler(OPERATIONS, Some(move || cancelled.load(Ordering::SeqCst)))?)
    }

    /// The flag that cancels the next request.
    pub(crate) fn cancel(&self) -> CancelFlag {
        self.cancelled.store(false, Ordering::SeqCst);
        CancelFlag(Arc::clone(&self.cancelled))
    }

    /// Runs a request and sends the tokens of its reply to `chunks`.
    pub(crate) fn run(&mut self, request: Request, chunks: Sender<Vec<u8>>) {
        let kind = request.done_kind();
        let mut reply = Reply::new(chunks, kind, &self.context.server_name);
        let ready = if std::mem::take(&mut self.resets) { self.reset(&mut reply) } else { self.check_transaction() };
        let result = match request {
            Request::Calls(calls) => {
                self.run_calls(calls, ready, reply);
                return;
            }
            Request::Batch(sql) => ready.and_then(|()| self.batch(&sql, &mut Variables::new(), &mut reply)),
            Request::Transaction(request) => ready.and_then(|()| self.transaction(request, &mut reply)),
            Request::Unsupported { what, .. } => Err(SqlError::unsupported(what)),
        };
        self.finish(result, kind, reply);
    }

    /// Runs the calls of one message, each whether or not the one before has failed.
    fn run_calls(&mut self, calls: Vec<ProcedureCall>, ready: Result<(), SqlError>, mut reply: Reply) {
        let mut ready = Some(ready);
        let count = calls.len();
        for (at, call) in calls.into_iter().enumerate() {
            let result = ready.take().unwrap_or(Ok(())).and_then(|()| self.call(call, &mut reply));
            let result = self.settle(result, &mut reply);
            reply.end_call(result.unwrap_or(-6), result.is_none(), at + 1 < count);
        }
        reply.end();
    }

    /// Notes what the next message says beside its request: whether the session is reset first (MS-TDS 2.2.3.1.2,
    /// RESETCONNECTION), and the transaction that the request belongs to (MS-TDS 2.2.5.3.2).
    pub(crate) fn prepare_for(&mut self, resets: bool, transaction: Option<u64>) {
        (self.resets, self.requested_transaction) = (resets, transaction);
    }

    /// Rolls back, and restores options, database and application locks to those of a new session.
    fn reset(&mut self, reply: &mut Reply) -> Result<(), SqlError> {
        if self.context.transactions > 0 {
            self.roll_back(reply)?;
        }
        self.options = SetOptions::default();
        self.locks.release_all(self.context.session_id);
        self.prepared = PreparedStatements::default();
        (self.context.row_count, self.context.last_error, self.context.identity) = (0, 0, None);
        if self.context.database != self.home {
            self.use_database(&self.home.clone(), reply)?;
        }
        reply.tokens().binary_change(RESET_DONE, &[], &[]);
        Ok(())
    }

    /// Fails a request without running it. The transaction ends as if the statement itself had failed.
    pub(crate) fn fail(&mut self, request: &Request, error: SqlError, chunks: Sender<Vec<u8>>) {
        let kind = request.done_kind();
        let reply = Reply::new(chunks, kind, &self.context.server_name);
        self.finish(Err(error), kind, reply);
    }

    /// Whether an error of class 20 or above has ended the session ("Database Engine error severities").
    pub(crate) fn is_terminated(&self) -> bool {
        self.terminated
    }

    fn finish(&mut self, result: Result<(), SqlError>, kind: DoneKind, mut reply: Reply) {
        let succeeded = self.settle(result, &mut reply).is_some();
        match kind {
            DoneKind::InProcedure => {
                reply.end_call(if succeeded { 0 } else { -6 }, !succeeded, false);
                reply.end();
            }
            _ => reply.finish_batch(),
        }
    }

    /// Reports an error, or that the transaction can only be rolled back; the result if there is neither.
    fn settle<T>(&mut self, result: Result<T, SqlError>, reply: &mut Reply) -> Option<T> {
        let text = "Uncommittable transaction is detected at the end of the batch. The transaction is rolled back.";
        let result = if self.doomed { result.and(Err(SqlError::new(3998, 16, text))) } else { result };
        result.inspect_err(|error| self.report(error, reply)).ok()
    }

    /// Ends a failed batch: sends the error, and rolls back if the error requires it, XACT_ABORT is on, or SQLite has
    /// already rolled back.
    fn report(&mut self, error: &SqlError, reply: &mut Reply) {
        self.context.last_error = error.number;
        self.context.row_count = 0;
        self.context.caught = None;
        self.tries = 0;
        self.terminated |= error.ends_session();
        if !error.is_cancelled() {
            reply.error(error);
        }
        let undone = self.write_permit.is_some() && self.connection.is_autocommit() || error.rolls_back();
        let aborting = std::mem::take(&mut self.aborting) || self.options.abort_transaction;
        let aborted = self.doomed || aborting && error.number != UNBALANCED;
        if self.context.transactions > 0 && (undone || aborted) {
            // The error that ended the batch is the one to report.
            drop(self.roll_back(reply));
        }
        reply.failed();
    }

    /// Runs dynamic SQL. SET options and the current database are restored afterwards ("SET statements",
    /// "sp_executesql").
    fn dynamic_batch(&mut self, sql: &str, variables: &mut Variables, reply: &mut Reply) -> Result<(), SqlError> {
        let (options, database) = (self.options.clone(), self.context.database.clone());
        let before = self.context.transactions;
        let result = self.batch(sql, variables, reply);
        self.aborting |= result.is_err() && self.options.abort_transaction;
        self.options = options;
        let after = self.context.transactions;
        let result = result.and_then(|()| if after == before { Ok(()) } else { Err(unbalanced(before, after)) });
        if self.context.database != database {
            self.use_database(&database, reply)?;
        }
        result
    }

    fn batch(&mut self, sql: &str, variables: &mut Variables, reply: &mut Reply) -> Result<(), SqlError> {
        let steps = grammar::parse(sql)?;
        self.bind_names(&steps, variables)?;
        self.steps(&steps, variables, reply).map(drop)
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
}

fn unbalanced(before: u32, after: u32) -> SqlError {
    let text = "Transaction count after EXECUTE indicates a mismatching number of BEGIN and COMMIT statements.";
    let text = format!("{text} Previous count = {before}, current count = {after}.");
    SqlError { state: 2, ..SqlError::new(UNBALANCED, 16, text) }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.locks.release_all(self.context.session_id);
        self.row_locks.release(self.context.session_id);
    }
}
