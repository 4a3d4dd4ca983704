//! Remote procedure calls (MS-TDS 2.2.6.6).

use super::fields::FieldReader;
use super::packet::malformed;
use super::read_value::typed_value;
use crate::types::SqlType;
use rusqlite::types::Value;
use std::io;

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
    pub(crate) sql_type: SqlType,
    pub(crate) value: Value,
}

/// A call of a procedure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProcedureCall {
    pub(crate) procedure: Procedure,
    pub(crate) parameters: Vec<Parameter>,
}

/// Parses a call.
///
/// # Errors
/// When the message ends early, or a parameter has an unsupported type.
pub(crate) fn parse(body: &[u8]) -> io::Result<ProcedureCall> {
    let mut fields = FieldReader::new(body);
    fields.skip_headers()?;
    let procedure = match fields.u16()? {
        u16::MAX => Procedure::Number(fields.u16()?),
        units => Procedure::Name(fields.text(usize::from(units))?),
    };
    fields.u16()?; // option flags: recompile, no metadata
    let mut parameters = Vec::new();
    while !fields.is_empty() {
        if parameters.len() == MAX_PARAMETERS {
            return Err(malformed(format!("more than {MAX_PARAMETERS} parameters")));
        }
        parameters.push(parameter(&mut fields)?);
    }
    Ok(ProcedureCall { procedure, parameters })
}

fn parameter(fields: &mut FieldReader<'_>) -> io::Result<Parameter> {
    let name = fields.short_text()?;
    fields.u8()?; // by reference, default
    let (sql_type, value) = typed_value(fields)?;
    Ok(Parameter { name, sql_type, value: value.unwrap_or(Value::Null) })
}
