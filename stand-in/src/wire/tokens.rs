//! Encodes the tokens of a reply (MS-TDS 2.2.7).

use super::columns::{COLLATION, ResultColumn, type_info};
use super::write_value::{put_null, put_value};
use crate::error::SqlError;
use crate::types::SqlType;
use bytes::BufMut;
use rusqlite::types::ValueRef;

const RETURN_STATUS: u8 = 0x79;
const COLUMN_METADATA: u8 = 0x81;
const ERROR: u8 = 0xAA;
const INFO: u8 = 0xAB;
const LOGIN_ACK: u8 = 0xAD;
const RETURN_VALUE: u8 = 0xAC;
const ROW: u8 = 0xD1;
const NULLABLE_ROW: u8 = 0xD2;
#[cfg(all(unix, feature = "kerberos"))]
const SSPI: u8 = 0xED;
const ENV_CHANGE: u8 = 0xE3;

/// The bits of a DONE token.
pub(crate) mod done {
    /// Another result follows.
    pub(crate) const MORE: u16 = 0x01;
    /// The statement failed.
    pub(crate) const ERROR: u16 = 0x02;
    /// The row count is valid.
    pub(crate) const COUNT: u16 = 0x10;
    /// The acknowledgement of an attention.
    pub(crate) const ATTENTION: u16 = 0x20;
}

/// The kind of a DONE token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DoneKind {
    Batch,
    Procedure,
    InProcedure,
}

/// A buffer of encoded tokens.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) bytes: Vec<u8>,
}

impl Tokens {
    pub(crate) fn login_ack(&mut self, program: &str, version: [u8; 4]) {
        self.framed(LOGIN_ACK, |body| {
            body.put_u8(1); // T-SQL
            body.put_u32(0x7400_0004); // TDS 7.4
            short_text(body, program);
            body.put_slice(&version);
        });
    }

    /// The server's token in an integrated login.
    #[cfg(all(unix, feature = "kerberos"))]
    pub(crate) fn sspi(&mut self, token: &[u8]) {
        self.framed(SSPI, |body| body.put_slice(token));
    }

    /// ENVCHANGE of a text setting: database (1), language (2), packet size (4).
    pub(crate) fn text_change(&mut self, kind: u8, new: &str, old: &str) {
        self.framed(ENV_CHANGE, |body| {
            body.put_u8(kind);
            short_text(body, new);
            short_text(body, old);
        });
    }

    pub(crate) fn collation_change(&mut self) {
        self.binary_change(7, &COLLATION, &[]);
    }

    /// ENVCHANGE of a binary setting: collation (7), transaction begun (8), committed (9), rolled back (10).
    pub(crate) fn binary_change(&mut self, kind: u8, new: &[u8], old: &[u8]) {
        self.framed(ENV_CHANGE, |body| {
            body.put_u8(kind);
            for value in [new, old] {
                body.put_u8(u8::try_from(value.len()).unwrap_or(u8::MAX));
                body.put_slice(value);
            }
        });
    }

    /// Redirects the client to another server.
    pub(crate) fn routing(&mut self, host: &str, port: u16) {
        self.framed(ENV_CHANGE, |body| {
            body.put_u8(20);
            let units = u16::try_from(host.encode_utf16().count()).unwrap_or(u16::MAX);
            body.put_u16_le(units.saturating_mul(2).saturating_add(5));
            body.put_u8(0); // TCP
            body.put_u16_le(port);
            text(body, host);
            body.put_u16_le(0);
        });
    }

    pub(crate) fn error(&mut self, error: &SqlError, server: &str) {
        self.message(ERROR, error, server);
    }

    pub(crate) fn info(&mut self, number: i32, message: &str, server: &str) {
        self.message(INFO, &SqlError::new(number, 0, message), server);
    }

    fn message(&mut self, token: u8, what: &SqlError, server: &str) {
        self.framed(token, |body| {
            body.put_i32_le(what.number);
            body.put_u8(what.state);
            body.put_u8(what.class);
            let message: String = what.message.chars().take(2048).collect();
            text(body, &message);
            short_text(body, server);
            short_text(body, "");
            body.put_u32_le(u32::try_from(what.line.max(1)).unwrap_or(u32::MAX));
        });
    }

    pub(crate) fn done(&mut self, kind: DoneKind, status: u16, count: u64) {
        self.bytes.put_u8(match kind {
            DoneKind::Batch => 0xFD,
            DoneKind::Procedure => 0xFE,
            DoneKind::InProcedure => 0xFF,
        });
        self.bytes.put_u16_le(status);
        self.bytes.put_u16_le(0);
        self.bytes.put_u64_le(count);
    }

    pub(crate) fn return_status(&mut self, status: i32) {
        self.bytes.put_u8(RETURN_STATUS);
        self.bytes.put_i32_le(status);
    }

    /// The value of an OUTPUT parameter (MS-TDS 2.2.7.19).
    pub(crate) fn return_value(
        &mut self,
        ordinal: usize,
        name: &str,
        sql_type: SqlType,
        value: ValueRef<'_>,
    ) -> Result<(), SqlError> {
        let start = self.bytes.len();
        self.bytes.put_u8(RETURN_VALUE);
        self.bytes.put_u16_le(u16::try_from(ordinal).unwrap_or(u16::MAX));
        short_text(&mut self.bytes, name);
        self.bytes.put_u8(1); // of an OUTPUT parameter
        self.bytes.put_u32_le(0); // user type
        self.bytes.put_u16_le(0x0001); // nullable
        type_info(&mut self.bytes, sql_type);
        if value == ValueRef::Null {
            put_null(&mut self.bytes, sql_type);
            return Ok(());
        }
        let column = ResultColumn { name: name.to_owned(), sql_type };
        put_value(&mut self.bytes, &column, value).inspect_err(|_| self.bytes.truncate(start))
    }

    pub(crate) fn columns(&mut self, columns: &[ResultColumn]) {
        self.bytes.put_u8(COLUMN_METADATA);
        self.bytes.put_u16_le(u16::try_from(columns.len()).unwrap_or(u16::MAX));
        for column in columns {
            self.bytes.put_u32_le(0); // user type
            self.bytes.put_u16_le(0x0001); // nullable
            type_info(&mut self.bytes, column.sql_type);
            short_text(&mut self.bytes, &column.name);
        }
    }

    /// A row. With NULLs, it is an NBCROW, whose bitmap marks them. After an error, nothing of the row remains in the
    /// buffer.
    pub(crate) fn row(&mut self, columns: &[ResultColumn], values: &[ValueRef<'_>]) -> Result<(), SqlError> {
        let start = self.bytes.len();
        let nullable = values.contains(&ValueRef::Null);
        self.bytes.put_u8(if nullable { NULLABLE_ROW } else { ROW });
        if nullable {
            for eight in values.chunks(8) {
                let bits = eight.iter().enumerate().map(|(i, value)| u8::from(*value == ValueRef::Null) << i);
                self.bytes.put_u8(bits.fold(0, |all, bit| all | bit));
            }
        }
        for (column, value) in columns.iter().zip(values) {
            if *value != ValueRef::Null {
                put_value(&mut self.bytes, column, *value).inspect_err(|_| self.bytes.truncate(start))?;
            }
        }
        Ok(())
    }

    fn framed(&mut self, token: u8, write: impl FnOnce(&mut Vec<u8>)) {
        let mut body = Vec::new();
        write(&mut body);
        self.bytes.put_u8(token);
        self.bytes.put_u16_le(u16::try_from(body.len()).unwrap_or(u16::MAX));
        self.bytes.put_slice(&body);
    }
}

/// Writes B_VARCHAR: the length in one byte, then the text.
fn short_text(out: &mut Vec<u8>, value: &str) {
    let units: Vec<u16> = value.encode_utf16().take(usize::from(u8::MAX)).collect();
    out.put_u8(u8::try_from(units.len()).unwrap_or(u8::MAX));
    units.into_iter().for_each(|unit| out.put_u16_le(unit));
}

/// Writes US_VARCHAR: the length in two bytes, then the text.
fn text(out: &mut Vec<u8>, value: &str) {
    let units: Vec<u16> = value.encode_utf16().take(usize::from(u16::MAX)).collect();
    out.put_u16_le(u16::try_from(units.len()).unwrap_or(u16::MAX));
    units.into_iter().for_each(|unit| out.put_u16_le(unit));
}
