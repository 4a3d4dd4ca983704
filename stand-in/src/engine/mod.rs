//! Runs the requests of one session, one after another, on a blocking thread.

mod contention;
mod definitions;
mod procedures;
mod reply;
mod request;
mod statements;
mod steps;
mod transactions;
mod translated;

pub(crate) use reply::Reply;
pub(crate) use request::{Request, TransactionRequest};

use crate::error::SqlError;
use crate::store::app_locks::AppLocks;
use crate::store::row_locks::RowLocks;
use crate::store::write_lock::{WriteLock, WritePermit};
use crate::store::{Database, Store};
use crate::tsql::context::{SessionContext, Variable, Variables};
use crate::tsql::grammar;
use crate::types::SqlType;
use crate::types::convert::convert;
use crate::wire::rpc::{Parameter, Procedure, ProcedureCall};
use crate::wire::tokens::DoneKind;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// sp_executesql's number.
const EXECUTE_SQL: u16 = 10;

/// ENVCHANGE type of an acknowledged reset (MS-TDS 2.2.7.9).
const RESET_DONE: u8 = 18;

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
    /// Whether the error under way was raised with XACT_ABORT on, in dynamic SQL whose option it was.
    aborting: bool,
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
        let Database { connection, write_lock, row_locks, .. } = database;
        let mut engine = Self {
            store,
            locks,
            connection,
            write_lock,
            row_locks,
            contention,
            write_permit: None,
            context,
            options,
            cancelled,
            home,
            resets: false,
            aborting: false,
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
        let reset = if std::mem::take(&mut self.resets) { self.reset(&mut reply) } else { Ok(()) };
        let result = reset.and_then(|()| match request {
            Request::Batch(sql) => self.batch(&sql, Variables::new(), &mut reply).map(|()| 0),
            Request::Call(call) => self.call(call, &mut reply),
            Request::Transaction(request) => self.transaction(request, &mut reply).map(|()| 0),
        });
        self.finish(result, kind, reply);
    }

    /// Lets the next request begin with a reset of the session (MS-TDS 2.2.3.1.2, RESETCONNECTION).
    pub(crate) fn reset_first(&mut self) {
        self.resets = true;
    }

    /// Rolls back, and restores options, database and application locks to those of a new session.
    fn reset(&mut self, reply: &mut Reply) -> Result<(), SqlError> {
        if self.context.transactions > 0 {
            self.roll_back(reply)?;
        }
        self.options = SetOptions::default();
        self.locks.release_all(self.context.session_id);
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

    fn finish(&mut self, result: Result<i32, SqlError>, kind: DoneKind, mut reply: Reply) {
        if let Err(error) = &result {
            self.report(error, &mut reply);
        }
        match kind {
            DoneKind::InProcedure => reply.finish_procedure(*result.as_ref().unwrap_or(&-6), result.is_err()),
            _ => reply.finish_batch(),
        }
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
        let aborted = std::mem::take(&mut self.aborting) || self.options.abort_transaction;
        if self.context.transactions > 0 && (undone || aborted) {
            // The error that ended the batch is the one to report.
            drop(self.roll_back(reply));
        }
        reply.failed();
    }

    /// Runs dynamic SQL. SET options and the current database are restored afterwards ("SET statements",
    /// "sp_executesql").
    fn dynamic_batch(&mut self, sql: &str, variables: Variables, reply: &mut Reply) -> Result<(), SqlError> {
        let (options, database) = (self.options.clone(), self.context.database.clone());
        let result = self.batch(sql, variables, reply);
        self.aborting |= result.is_err() && self.options.abort_transaction;
        self.options = options;
        if self.context.database != database {
            self.use_database(&database, reply)?;
        }
        result
    }

    fn batch(&mut self, sql: &str, mut variables: Variables, reply: &mut Reply) -> Result<(), SqlError> {
        let steps = grammar::parse(sql)?;
        self.steps(&steps, &mut variables, reply).map(drop)
    }

    fn call(&mut self, call: ProcedureCall, reply: &mut Reply) -> Result<i32, SqlError> {
        let name = match &call.procedure {
            Procedure::Number(EXECUTE_SQL) => "sp_executesql",
            Procedure::Number(number) => return Err(SqlError::unsupported(format_args!("procedure number {number}"))),
            Procedure::Name(name) => name.rsplit('.').next().unwrap_or(name),
        };
        if name.eq_ignore_ascii_case("sp_executesql") {
            return self.execute_sql(call.parameters, reply).map(|()| 0);
        }
        let name = name.to_lowercase();
        if name == "sp_reset_connection" {
            return self.reset(reply).map(|()| 0);
        }
        let arguments = call.parameters.into_iter().map(|parameter| {
            let name = Some(parameter.name.to_lowercase()).filter(|name| !name.is_empty());
            (name, Variable { sql_type: parameter.sql_type, value: parameter.value })
        });
        self.procedure(&name, arguments.collect())
    }

    /// sp_executesql: a batch, the declarations of its parameters, and their values by position or name.
    fn execute_sql(&mut self, parameters: Vec<Parameter>, reply: &mut Reply) -> Result<(), SqlError> {
        let mut parameters = parameters.into_iter();
        let mut text = || match parameters.next().map(|parameter| parameter.value) {
            Some(Value::Text(text)) => Ok(text),
            None => Ok(String::new()),
            Some(_) => {
                Err(SqlError::new(214, 16, "Procedure expects parameter '@statement' of type 'ntext/nchar/nvarchar'."))
            }
        };
        let (sql, declared) = (text()?, text()?);
        let declared = grammar::parse_declarations(&declared)?;
        let values: Vec<Parameter> = parameters.collect();
        let mut variables = Variables::new();
        for (position, declaration) in declared.into_iter().enumerate() {
            let named = |parameter: &&Parameter| parameter.name.eq_ignore_ascii_case(&declaration.variable);
            let unnamed = values.get(position).filter(|parameter| parameter.name.is_empty());
            let parameter = values.iter().find(named).or(unnamed).ok_or_else(|| {
                let text = "The parameterized query expects the parameter";
                SqlError::new(8178, 16, format!("{text} '{}', which was not supplied.", declaration.variable))
            })?;
            let sql_type = SqlType::declared(&declaration.data_type)?;
            let value = convert(parameter.value.clone(), parameter.sql_type, sql_type)?;
            variables.insert(declaration.variable, Variable { sql_type, value });
        }
        self.dynamic_batch(&sql, variables, reply)
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.locks.release_all(self.context.session_id);
        self.row_locks.release(self.context.session_id);
    }
}
