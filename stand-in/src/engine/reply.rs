//! The reply to a request: collects tokens and sends them to the connection in chunks.

use crate::error::SqlError;
use crate::tsql::context::Variable;
use crate::wire::columns::ResultColumn;
use crate::wire::tokens::{DoneKind, Tokens, done};
use rusqlite::types::ValueRef;
use tokio::sync::mpsc::Sender;

/// The size in bytes from which a chunk is sent.
const CHUNK_SIZE: usize = 16 << 10;

/// The reply to one request. Each DONE is held back until it is known whether another result follows.
pub(crate) struct Reply {
    tokens: Tokens,
    chunks: Sender<Vec<u8>>,
    held_back: Option<(u16, u64)>,
    kind: DoneKind,
    server: String,
    outputs: Vec<OutputValue>,
}

/// The value of an OUTPUT parameter.
struct OutputValue {
    ordinal: usize,
    name: String,
    value: Variable,
}

impl Reply {
    /// A reply whose chunks go to `chunks`. `kind` is the kind of DONE after each statement.
    pub(crate) fn new(chunks: Sender<Vec<u8>>, kind: DoneKind, server: &str) -> Self {
        Self {
            tokens: Tokens::default(),
            chunks,
            held_back: None,
            kind,
            server: server.to_owned(),
            outputs: Vec::new(),
        }
    }

    /// The tokens to append to, after the DONE held back.
    pub(crate) fn tokens(&mut self) -> &mut Tokens {
        if let Some((status, count)) = self.held_back.take() {
            self.tokens.done(self.kind, status | done::MORE, count);
        }
        &mut self.tokens
    }

    pub(crate) fn columns(&mut self, columns: &[ResultColumn]) {
        self.tokens().columns(columns);
    }

    /// # Errors
    /// When the connection is closed, or a value cannot be encoded.
    pub(crate) fn row(&mut self, columns: &[ResultColumn], values: &[ValueRef<'_>]) -> Result<(), SqlError> {
        self.tokens.row(columns, values)?;
        if self.tokens.bytes.len() < CHUNK_SIZE { Ok(()) } else { self.flush() }
    }

    pub(crate) fn error(&mut self, error: &SqlError) {
        let server = self.server.clone();
        self.tokens().error(error, &server);
        if error.ended_write {
            self.tokens().info(3621, "The statement has been terminated.", &server);
        }
    }

    pub(crate) fn info(&mut self, number: i32, text: &str) {
        let server = self.server.clone();
        self.tokens().info(number, text, &server);
    }

    /// Returns the value of an OUTPUT parameter at the end of the call. `ordinal` counts the call's arguments from 0.
    pub(crate) fn output(&mut self, ordinal: usize, name: &str, value: Variable) {
        self.outputs.push(OutputValue { ordinal, name: name.to_owned(), value });
    }

    /// Ends a statement with its row count.
    pub(crate) fn counted(&mut self, rows: u64) {
        self.tokens();
        self.held_back = Some((done::COUNT, rows));
    }

    /// Ends a statement that failed.
    pub(crate) fn failed(&mut self) {
        self.tokens();
        self.held_back = Some((done::ERROR, 0));
    }

    /// Ends the reply to a batch, or to a transaction request.
    pub(crate) fn finish_batch(mut self) {
        let (status, count) = self.held_back.take().unwrap_or_default();
        self.tokens.done(self.kind, status, count);
        self.end();
    }

    /// Ends the reply to a procedure call. `more`: whether the message has another one.
    pub(crate) fn end_call(&mut self, status: i32, failed: bool, more: bool) {
        self.tokens().return_status(status);
        for OutputValue { ordinal, name, value } in std::mem::take(&mut self.outputs) {
            // Only a sql_variant cannot be encoded, and no parameter has that type.
            drop(self.tokens.return_value(ordinal, &name, value.sql_type, (&value.value).into()));
        }
        let status = if failed { done::ERROR } else { 0 } | if more { done::MORE } else { 0 };
        self.tokens.done(DoneKind::Procedure, status, 0);
    }

    /// Sends the rest. A closed connection is not an error here.
    pub(crate) fn end(mut self) {
        drop(self.flush());
    }

    fn flush(&mut self) -> Result<(), SqlError> {
        let chunk = std::mem::take(&mut self.tokens.bytes);
        self.chunks.blocking_send(chunk).map_err(|_| SqlError::cancelled())
    }
}
