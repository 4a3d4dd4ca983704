//! Parses the types and values of parameters (MS-TDS 2.2.5.4 and 2.2.5.5).

use super::fields::{FieldReader, utf16};
use super::packet::{MAX_MESSAGE, malformed, unsupported};
use crate::types::{SqlType, temporal};
use rusqlite::types::Value;
use std::io;

pub(super) type TypedValue = (SqlType, Option<Value>);

pub(super) fn typed_value(fields: &mut FieldReader<'_>) -> io::Result<TypedValue> {
    Ok(match fields.u8()? {
        0x1F => (SqlType::Null, None),
        0x30 => (SqlType::TinyInt, Some(Value::Integer(fields.u8()?.into()))),
        0x32 => (SqlType::Bit, Some(Value::Integer(fields.u8()?.into()))),
        0x34 => (SqlType::SmallInt, Some(integer(fields, 2)?)),
        0x38 => (SqlType::Int, Some(integer(fields, 4)?)),
        0x7F => (SqlType::BigInt, Some(integer(fields, 8)?)),
        0x26 => nullable_integer(fields)?,
        0x68 => {
            fields.u8()?;
            (SqlType::Bit, sized(fields, integer)?)
        }
        0x3B => (SqlType::Real, Some(float(fields, 4)?)),
        0x3E => (SqlType::Float, Some(float(fields, 8)?)),
        0x6D => {
            let sql_type = if fields.u8()? == 4 { SqlType::Real } else { SqlType::Float };
            (sql_type, sized(fields, float)?)
        }
        0x6A | 0x6C => decimal(fields)?,
        0x24 => {
            fields.u8()?;
            (SqlType::Guid, sized(fields, |fields, _| Ok(guid(fields.array()?)))?)
        }
        0x28 => {
            (SqlType::Date, sized(fields, |fields, _| days(fields).map(|day| Value::Integer(day * temporal::DAY)))?)
        }
        0x29 => {
            let digits = fraction(fields)?;
            (
                SqlType::Time(digits),
                sized(fields, |fields, size| time_of_day(fields, size, digits).map(Value::Integer))?,
            )
        }
        0x2A => {
            let digits = fraction(fields)?;
            (SqlType::DateTime2(digits), sized(fields, |fields, size| datetime2(fields, size, digits))?)
        }
        0x3D => (SqlType::DateTime, Some(datetime(fields)?)),
        0x6F => {
            if fields.u8()? == 4 {
                return Err(unsupported("parameters of the type smalldatetime".into()));
            }
            (SqlType::DateTime, sized(fields, |fields, _| datetime(fields))?)
        }
        0xE7 | 0xEF => text(fields, true)?,
        0xA7 | 0xAF => text(fields, false)?,
        0xA5 | 0xAD => binary(fields)?,
        0x63 => old_text(fields, true)?,
        0x23 => old_text(fields, false)?,
        0x22 => {
            fields.u32()?; // greatest length
            (SqlType::Binary { length: None }, old_long(fields)?.map(|bytes| Value::Blob(bytes.to_vec())))
        }
        other => return Err(unsupported(format!("parameters of the type {}", type_name(other)))),
    })
}

/// The name of a type that the stand-in does not read (MS-TDS 2.2.5.4).
fn type_name(token: u8) -> String {
    let name = match token {
        0x2B => "datetimeoffset",
        0x3A => "smalldatetime",
        0x3C | 0x6E => "money",
        0x7A => "smallmoney",
        0x62 => "sql_variant",
        0xF0 => "CLR user-defined type",
        0xF1 => "xml",
        0xF3 => "table",
        0xF4 => "json",
        0xF5 => "vector",
        other => return format!("0x{other:02X}"),
    };
    name.to_owned()
}

/// A value after its length in one byte; length 0 is NULL.
fn sized(
    fields: &mut FieldReader<'_>,
    read: impl FnOnce(&mut FieldReader<'_>, usize) -> io::Result<Value>,
) -> io::Result<Option<Value>> {
    let size = usize::from(fields.u8()?);
    if size == 0 {
        return Ok(None);
    }
    let mut value = FieldReader::new(fields.bytes(size)?);
    read(&mut value, size).map(Some)
}

fn nullable_integer(fields: &mut FieldReader<'_>) -> io::Result<TypedValue> {
    let sql_type = match fields.u8()? {
        1 => SqlType::TinyInt,
        2 => SqlType::SmallInt,
        4 => SqlType::Int,
        8 => SqlType::BigInt,
        size => return Err(malformed(format!("an integer of {size} bytes"))),
    };
    Ok((sql_type, sized(fields, integer)?))
}

fn integer(fields: &mut FieldReader<'_>, size: usize) -> io::Result<Value> {
    Ok(Value::Integer(match size {
        1 => fields.u8()?.into(),
        2 => i16::from_le_bytes(fields.array()?).into(),
        4 => i32::from_le_bytes(fields.array()?).into(),
        8 => i64::from_le_bytes(fields.array()?),
        size => return Err(malformed(format!("an integer of {size} bytes"))),
    }))
}

fn float(fields: &mut FieldReader<'_>, size: usize) -> io::Result<Value> {
    Ok(Value::Real(match size {
        4 => f32::from_le_bytes(fields.array()?).into(),
        8 => f64::from_le_bytes(fields.array()?),
        size => return Err(malformed(format!("a float of {size} bytes"))),
    }))
}

fn decimal(fields: &mut FieldReader<'_>) -> io::Result<TypedValue> {
    let [_, precision, scale] = fields.array()?;
    if !(1..=38).contains(&precision) || scale > precision {
        return Err(malformed(format!("numeric({precision},{scale})")));
    }
    let value = sized(fields, |fields, size| {
        let positive = fields.u8()? != 0;
        let mut digits = [0; 16];
        let taken = fields.bytes(size - 1)?;
        let place = digits.get_mut(..taken.len()).ok_or_else(|| malformed("a numeric of more than 16 bytes".into()))?;
        place.copy_from_slice(taken);
        let digits = i64::try_from(u128::from_le_bytes(digits));
        let digits = digits.map_err(|_| unsupported("numeric values of more than 18 digits".into()))?;
        Ok(Value::Integer(if positive { digits } else { -digits }))
    })?;
    Ok((SqlType::Decimal { precision, scale }, value))
}

fn guid(bytes: [u8; 16]) -> Value {
    Value::Text(uuid::Uuid::from_bytes_le(bytes).hyphenated().to_string().to_uppercase())
}

fn fraction(fields: &mut FieldReader<'_>) -> io::Result<u8> {
    let digits = fields.u8()?;
    if digits <= 7 { Ok(digits) } else { Err(malformed(format!("a time with {digits} decimals"))) }
}

fn little_endian(bytes: &[u8]) -> io::Result<i64> {
    let mut all = [0; 8];
    let place = all.get_mut(..bytes.len()).ok_or_else(|| malformed("a number of more than 8 bytes".into()))?;
    place.copy_from_slice(bytes);
    Ok(i64::from_le_bytes(all))
}

fn days(fields: &mut FieldReader<'_>) -> io::Result<i64> {
    let days = little_endian(fields.bytes(3)?)?;
    if days < 3_652_059 { Ok(days) } else { Err(malformed("a date after the year 9999".into())) }
}

fn time_of_day(fields: &mut FieldReader<'_>, size: usize, digits: u8) -> io::Result<i64> {
    let count = little_endian(fields.bytes(size)?)?;
    let unit = 10_i64.pow(u32::from(7 - digits));
    let at = count.checked_mul(unit).filter(|at| (0..temporal::DAY).contains(at));
    at.ok_or_else(|| malformed("a time of more than a day".into()))
}

fn datetime2(fields: &mut FieldReader<'_>, size: usize, digits: u8) -> io::Result<Value> {
    let size = size.checked_sub(3).ok_or_else(|| malformed("a datetime2 without a date".into()))?;
    let time = time_of_day(fields, size, digits)?;
    Ok(Value::Integer(days(fields)? * temporal::DAY + time))
}

fn datetime(fields: &mut FieldReader<'_>) -> io::Result<Value> {
    let day = i64::from(i32::from_le_bytes(fields.array()?)) + temporal::DAYS_TO_1900;
    let count = i64::from(fields.u32()?);
    if !(0..3_652_059).contains(&day) || count >= 25_920_000 {
        return Err(malformed("a datetime out of range".into()));
    }
    Ok(Value::Integer(day * temporal::DAY + temporal::from_three_hundredths(count)))
}

fn text(fields: &mut FieldReader<'_>, national: bool) -> io::Result<TypedValue> {
    let size = fields.u16()?;
    fields.bytes(5)?; // collation
    let unit = if national { 2 } else { 1 };
    let length = (size != u16::MAX).then_some(size / unit);
    let value = long(fields, length.is_none())?.map(|bytes| decode(&bytes, national)).transpose()?;
    Ok((SqlType::Text { national, length }, value.map(Value::Text)))
}

fn decode(bytes: &[u8], national: bool) -> io::Result<String> {
    match national {
        true => utf16(bytes),
        false => Ok(encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()),
    }
}

/// A value of the types text and ntext, which old clients send for all texts.
fn old_text(fields: &mut FieldReader<'_>, national: bool) -> io::Result<TypedValue> {
    fields.bytes(9)?; // greatest length, collation
    let value = old_long(fields)?.map(|bytes| decode(bytes, national)).transpose()?;
    Ok((SqlType::Text { national, length: None }, value.map(Value::Text)))
}

fn binary(fields: &mut FieldReader<'_>) -> io::Result<TypedValue> {
    let size = fields.u16()?;
    let length = (size != u16::MAX).then_some(size);
    Ok((SqlType::Binary { length }, long(fields, length.is_none())?.map(Value::Blob)))
}

/// A value of the types text, ntext and image, after its length in four bytes.
fn old_long<'a>(fields: &mut FieldReader<'a>) -> io::Result<Option<&'a [u8]>> {
    match fields.u32()? {
        u32::MAX => Ok(None),
        size => fields.bytes(size as usize).map(Some),
    }
}

/// A value after its length in two bytes. For the MAX types: a partially length-prefixed stream of chunks.
fn long(fields: &mut FieldReader<'_>, max: bool) -> io::Result<Option<Vec<u8>>> {
    if !max {
        let size = fields.u16()?;
        return if size == u16::MAX { Ok(None) } else { Ok(Some(fields.bytes(usize::from(size))?.to_vec())) };
    }
    if fields.u64()? == u64::MAX {
        return Ok(None);
    }
    let mut all = Vec::new();
    loop {
        let chunk = fields.u32()? as usize;
        if chunk == 0 {
            return Ok(Some(all));
        }
        all.extend_from_slice(fields.bytes(chunk)?);
        if all.len() > MAX_MESSAGE {
            return Err(malformed("a value longer than a message".into()));
        }
    }
}
