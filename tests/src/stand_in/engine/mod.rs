//! Runs the requests of one session, one after another, on a thread that may block.

mod definitions;
mod procedures;
mod reply;
mod statements;
mod steps;
mod transactions;

pub(crate) use reply::Reply;
pub(crate) use transactions::user_in;

use super::batch;
use super::convert::convert;
use super::error::SqlError;
use super::facts::{Facts, Variable, Variables};
use super::locks::Locks;
use super::packet::{Kind, Message};
use super::rpc::{self, Call, Parameter, Procedure};
use super::store::{Database, Store};
use super::tokens::DoneKind;
use super::types::SqlType;
use super::wire::{Fields, utf16};
use super::write_lock::{WriteLock, Writing};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// sp_executesql's number.
const EXECUTE_SQL: u16 = 10;

/// What a client asks for.
#[derive(Debug)]
pub(crate) enum Request {
    Batch(String),
    Call(Call),
    Transaction(TransactionRequest),
}

/// What a transaction-manager request asks for (MS-TDS 2.2.6.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionRequest {
    Begin,
    Commit,
    Rollback,
}

impl Request {
    /// # Errors
    /// When the message breaks the protocol, or is of a kind that has no place after the login.
    pub(crate) fn parse(message: &Message) -> io::Result<Self> {
        let mut fields = Fields::new(&message.body);
        match message.kind {
            Kind::Batch => {
                fields.skip_headers()?;
                Ok(Self::Batch(utf16(fields.rest())?))
            }
            Kind::Rpc => rpc::parse(&message.body).map(Self::Call),
            Kind::TransactionManager => {
                fields.skip_headers()?;
                match fields.u16()? {
                    5 => Ok(Self::Transaction(TransactionRequest::Begin)),
                    7 => Ok(Self::Transaction(TransactionRequest::Commit)),
                    8 => Ok(Self::Transaction(TransactionRequest::Rollback)),
                    other => Err(io::Error::other(format!("transaction request {other} is not supported"))),
                }
            }
            other => Err(io::Error::other(format!("a message of kind {other:?} after the login"))),
        }
    }

    /// The text that a fault can be tied to.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Batch(text) => text,
            Self::Call(Call { parameters, .. }) => match parameters.first() {
                Some(Parameter { value: Value::Text(text), .. }) => text,
                _ => "",
            },
            Self::Transaction(_) => "",
        }
    }
}

/// Operations of SQLite between two looks at whether a statement is cancelled: some microseconds.
const OPERATIONS: i32 = 1000;

/// Stops what an engine is running, from another thread.
#[derive(Debug, Clone)]
pub(crate) struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub(crate) fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// SET's options that change what a batch does.
#[derive(Debug, Default)]
struct Options {
    abort_transaction: bool,
    no_count: bool,
    /// How long to wait for the transactions of others; without it, [`LOCK_WAIT`].
    lock_timeout: Option<Duration>,
}

/// SQL Server would wait for ever; a test should not.
const LOCK_WAIT: Duration = Duration::from_secs(60);

/// One session's way to its database.
pub(crate) struct Engine {
    store: Arc<Store>,
    locks: Arc<Locks>,
    connection: Connection,
    write_lock: WriteLock,
    /// As long as a transaction is open, of the session or of one statement.
    writing: Option<Writing>,
    facts: Facts,
    options: Options,
    cancelled: Arc<AtomicBool>,
    /// TRY blocks around the current step.
    tries: u32,
}

impl Engine {
    pub(crate) fn new(
        store: Arc<Store>,
        locks: Arc<Locks>,
        database: Database,
        facts: Facts,
    ) -> Result<Self, SqlError> {
        let (options, cancelled) = (Options::default(), Arc::new(AtomicBool::new(false)));
        let Database { connection, write_lock, .. } = database;
        let mut engine =
            Self { store, locks, connection, write_lock, writing: None, facts, options, cancelled, tries: 0 };
        engine.watch()?;
        Ok(engine)
    }

    /// Lets SQLite look at the cancel flag while it works. Its own interrupt would miss a statement that is about to begin.
    fn watch(&mut self) -> Result<(), SqlError> {
        let cancelled = Arc::clone(&self.cancelled);
        Ok(self.connection.progress_handler(OPERATIONS, Some(move || cancelled.load(Ordering::SeqCst)))?)
    }

    /// The means to cancel the coming request.
    pub(crate) fn cancel(&self) -> Cancel {
        self.cancelled.store(false, Ordering::SeqCst);
        Cancel(Arc::clone(&self.cancelled))
    }

    /// Runs a request and hands the tokens of its reply over.
    pub(crate) fn run(&mut self, request: Request, pieces: Sender<Vec<u8>>) {
        let kind = if matches!(request, Request::Call(_)) { DoneKind::InProcedure } else { DoneKind::Batch };
        let mut reply = Reply::new(pieces, kind, &self.facts.server_name);
        let result = match request {
            Request::Batch(sql) => self.batch(&sql, Variables::new(), &mut reply).map(|()| 0),
            Request::Call(call) => self.call(call, &mut reply),
            Request::Transaction(request) => self.transaction(request, &mut reply).map(|()| 0),
        };
        if let Err(error) = &result {
            self.report(error, &mut reply);
        }
        match (kind, result) {
            (DoneKind::InProcedure, result) => reply.finish_procedure(*result.as_ref().unwrap_or(&-6), result.is_err()),
            _ => reply.finish_batch(),
        }
    }

    /// The end of a batch that failed: its error, and its transaction undone by XACT_ABORT, or by SQLite already.
    fn report(&mut self, error: &SqlError, reply: &mut Reply) {
        self.facts.last_error = error.number;
        self.facts.row_count = 0;
        self.facts.caught = None;
        self.tries = 0;
        if !error.is_cancelled() {
            reply.error(error);
        }
        let undone = self.connection.is_autocommit();
        if self.facts.transactions > 0 && (undone || self.options.abort_transaction) {
            // The error that ended the batch is the one to tell of.
            drop(self.roll_back(reply));
        }
        reply.failed();
    }

    fn batch(&mut self, sql: &str, mut variables: Variables, reply: &mut Reply) -> Result<(), SqlError> {
        let steps = batch::parse(sql)?;
        self.steps(&steps, &mut variables, reply).map(drop)
    }

    fn call(&mut self, call: Call, reply: &mut Reply) -> Result<i32, SqlError> {
        let name = match &call.procedure {
            Procedure::Number(EXECUTE_SQL) => "sp_executesql",
            Procedure::Number(number) => return Err(SqlError::unsupported(format_args!("procedure number {number}"))),
            Procedure::Name(name) => name.rsplit('.').next().unwrap_or(name),
        };
        if name.eq_ignore_ascii_case("sp_executesql") {
            return self.execute_sql(call.parameters, reply).map(|()| 0);
        }
        let name = name.to_lowercase();
        let arguments = call.parameters.into_iter().map(|parameter| {
            let name = Some(parameter.name.to_lowercase()).filter(|name| !name.is_empty());
            (name, Variable { sql_type: parameter.sql_type, value: parameter.value })
        });
        self.procedure(&name, arguments.collect())
    }

    /// sp_executesql: a batch, the declaration of its parameters, and their values in that order or by name.
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
        let declared = batch::parse_declarations(&declared)?;
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
        self.batch(&sql, variables, reply)
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.locks.release_all(self.facts.session_id);
    }
}
