//! Remote procedure calls (MS-TDS 2.2.6.6).

use super::fields::FieldReader;
use super::packet::{malformed, unsupported};
use super::read_value::typed_value;
use crate::types::SqlType;
use rusqlite::types::Value;
use std::io;

/// The status flags of a parameter (MS-TDS 2.2.6.6).
const BY_REFERENCE: u8 = 0x01;
const DEFAULT_VALUE: u8 = 0x02;

/// What stands between two calls of a message. A parameter starts with the length of its name, which is smaller.
const NEXT_CALL: u8 = 0xFF;
const NO_EXECUTION: u8 = 0xFE;

/// The most parameters of one call, as in SQL Server.
const MAX_PARAMETERS: usize = 2100;

/// The procedure that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Procedure {
    /// A procedure with a well-known number; 10 is sp_executesql.
    Number(u16),
    Name(String),
}

/// A parameter. Its value is stored as [`SqlType`] describes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    /// Whether the client wants its value after the call.
    pub(crate) is_output: bool,
    pub(crate) sql_type: SqlType,
    pub(crate) value: Value,
}

/// A call of a procedure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProcedureCall {
    pub(crate) procedure: Procedure,
    pub(crate) parameters: Vec<Parameter>,
}

/// Parses the calls of a message, of which there is at least one.
///
/// # Errors
/// When the message ends early; [`io::ErrorKind::Unsupported`] for a parameter of a type that the stand-in lacks.
pub(crate) fn parse(body: &[u8]) -> io::Result<Vec<ProcedureCall>> {
    let mut fields = FieldReader::new(body);
    fields.headers()?;
    let mut calls = vec![call(&mut fields)?];
    while !fields.is_empty() {
        if fields.u8()? != NEXT_CALL {
            return Err(unsupported("calls that are not executed".into()));
        }
        calls.push(call(&mut fields)?);
    }
    Ok(calls)
}

fn call(fields: &mut FieldReader<'_>) -> io::Result<ProcedureCall> {
    let procedure = match fields.u16()? {
        u16::MAX => Procedure::Number(fields.u16()?),
        units => Procedure::Name(fields.text(usize::from(units))?),
    };
    fields.u16()?; // option flags: recompile, no metadata
    let mut parameters = Vec::new();
    while fields.rest().first().is_some_and(|byte| *byte < NO_EXECUTION) {
        if parameters.len() == MAX_PARAMETERS {
            return Err(malformed(format!("more than {MAX_PARAMETERS} parameters")));
        }
        parameters.push(parameter(fields)?);
    }
    Ok(ProcedureCall { procedure, parameters })
}

fn parameter(fields: &mut FieldReader<'_>) -> io::Result<Parameter> {
    let name = fields.short_text()?;
    let flags = fields.u8()?;
    if flags & DEFAULT_VALUE != 0 {
        return Err(unsupported("default values of parameters".into()));
    }
    let (sql_type, value) = typed_value(fields)?;
    Ok(Parameter { name, is_output: flags & BY_REFERENCE != 0, sql_type, value: value.unwrap_or(Value::Null) })
}
