//! Requests that a client sends after its login.

use crate::wire::fields::{FieldReader, utf16};
use crate::wire::messages::Message;
use crate::wire::packet::{MessageKind, malformed, unsupported};
use crate::wire::rpc::{self, Parameter, ProcedureCall};
use crate::wire::tokens::DoneKind;
use rusqlite::types::Value;
use std::io;

/// One request.
#[derive(Debug, PartialEq)]
pub(crate) enum Request {
    Batch(String),
    /// At least one call.
    Calls(Vec<ProcedureCall>),
    Transaction(TransactionRequest),
    /// A request of the protocol that the stand-in does not support, by what it needs.
    Unsupported {
        what: String,
        kind: DoneKind,
    },
}

/// A transaction-manager request (MS-TDS 2.2.6.9). `begin_next` is its flag fBeginXact: begin the next transaction at
/// once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransactionRequest {
    Begin,
    Commit { begin_next: bool },
    Rollback { begin_next: bool },
}

impl Request {
    /// # Errors
    /// When the message is malformed, or not allowed after the login.
    pub(crate) fn parse(message: &Message) -> io::Result<Self> {
        match Self::supported(message) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                let is_call = message.kind == MessageKind::Rpc;
                let kind = if is_call { DoneKind::InProcedure } else { DoneKind::Batch };
                Ok(Self::Unsupported { what: error.to_string(), kind })
            }
            result => result,
        }
    }

    fn supported(message: &Message) -> io::Result<Self> {
        let mut fields = FieldReader::new(&message.body);
        match message.kind {
            MessageKind::Batch => {
                fields.headers()?;
                Ok(Self::Batch(utf16(fields.rest())?))
            }
            MessageKind::Rpc => rpc::parse(&message.body).map(Self::Calls),
            MessageKind::TransactionManager => {
                fields.headers()?;
                match fields.u16()? {
                    5 => Ok(Self::Transaction(TransactionRequest::Begin)),
                    7 => Ok(Self::Transaction(TransactionRequest::Commit { begin_next: begin_next(&mut fields)? })),
                    8 => Ok(Self::Transaction(TransactionRequest::Rollback { begin_next: begin_next(&mut fields)? })),
                    0 | 1 | 6 => Err(unsupported("distributed transactions".into())),
                    9 => Err(unsupported("savepoints".into())),
                    other => Err(malformed(format!("transaction request {other} is not known"))),
                }
            }
            other => Err(io::Error::other(format!("a message of kind {other:?} after the login"))),
        }
    }

    /// The kind of DONE after each statement of the request.
    pub(crate) fn done_kind(&self) -> DoneKind {
        match self {
            Self::Calls(_) => DoneKind::InProcedure,
            Self::Unsupported { kind, .. } => *kind,
            Self::Batch(_) | Self::Transaction(_) => DoneKind::Batch,
        }
    }

    /// The text by which a fault selects the request.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Batch(text) => text,
            Self::Calls(calls) => match calls.first().and_then(|call| call.parameters.first()) {
                Some(Parameter { value: Value::Text(text), .. }) => text,
                _ => "",
            },
            Self::Transaction(_) | Self::Unsupported { .. } => "",
        }
    }
}

/// The flag fBeginXact, which follows the transaction's name. Some clients omit both.
fn begin_next(fields: &mut FieldReader<'_>) -> io::Result<bool> {
    if fields.is_empty() {
        return Ok(false);
    }
    let name = fields.u8()?;
    fields.bytes(usize::from(name))?;
    Ok(!fields.is_empty() && fields.u8()? & 1 != 0)
}
