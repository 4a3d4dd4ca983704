//! The tokens that running statements make, handed to the connection in pieces as they come.

use super::super::error::SqlError;
use super::super::tokens::{Column, DoneKind, Tokens, done};
use rusqlite::types::ValueRef;
use tokio::sync::mpsc::Sender;

/// Bytes that are gathered before they are handed over.
const PIECE: usize = 16 << 10;

/// The reply to one request. Each DONE waits until it is known whether anything follows it.
pub(crate) struct Reply {
    tokens: Tokens,
    pieces: Sender<Vec<u8>>,
    waiting: Option<(u16, u64)>,
    kind: DoneKind,
    server: String,
}

impl Reply {
    /// A reply whose pieces go to `pieces`. `kind` is that of the DONE behind each statement.
    pub(crate) fn new(pieces: Sender<Vec<u8>>, kind: DoneKind, server: &str) -> Self {
        Self { tokens: Tokens::default(), pieces, waiting: None, kind, server: server.to_owned() }
    }

    /// The tokens to add to; what was waiting goes before them.
    pub(crate) fn tokens(&mut self) -> &mut Tokens {
        if let Some((status, count)) = self.waiting.take() {
            self.tokens.done(self.kind, status | done::MORE, count);
        }
        &mut self.tokens
    }

    pub(crate) fn columns(&mut self, columns: &[Column]) {
        self.tokens().columns(columns);
    }

    /// # Errors
    /// When the client is gone, or a value cannot be sent.
    pub(crate) fn row(&mut self, columns: &[Column], values: &[ValueRef<'_>]) -> Result<(), SqlError> {
        self.tokens.row(columns, values)?;
        if self.tokens.bytes.len() < PIECE { Ok(()) } else { self.hand_over() }
    }

    pub(crate) fn error(&mut self, error: &SqlError) {
        let server = self.server.clone();
        self.tokens().error(error, &server);
    }

    pub(crate) fn info(&mut self, number: i32, text: &str) {
        let server = self.server.clone();
        self.tokens().info(number, text, &server);
    }

    /// Ends a statement that counted rows.
    pub(crate) fn counted(&mut self, rows: u64) {
        self.tokens();
        self.waiting = Some((done::COUNT, rows));
    }

    /// Ends a statement that failed.
    pub(crate) fn failed(&mut self) {
        self.tokens();
        self.waiting = Some((done::ERROR, 0));
    }

    /// Ends the reply to a batch, or to a transaction request.
    pub(crate) fn finish_batch(mut self) {
        let (status, count) = self.waiting.take().unwrap_or_default();
        self.tokens.done(self.kind, status, count);
        self.end();
    }

    /// Ends the reply to a procedure call.
    pub(crate) fn finish_procedure(mut self, status: i32, failed: bool) {
        self.tokens().return_status(status);
        self.tokens.done(DoneKind::Procedure, if failed { done::ERROR } else { 0 }, 0);
        self.end();
    }

    /// A client that is gone needs no end.
    fn end(mut self) {
        drop(self.hand_over());
    }

    fn hand_over(&mut self) -> Result<(), SqlError> {
        let piece = std::mem::take(&mut self.tokens.bytes);
        self.pieces.blocking_send(piece).map_err(|_| SqlError::cancelled())
    }
}
