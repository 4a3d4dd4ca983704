//! The columns of a result and their type descriptions (MS-TDS 2.2.5.4).

use crate::types::SqlType;
use bytes::BufMut;

/// SQL_Latin1_General_CP1_CI_AS as TDS encodes it.
pub(crate) const COLLATION: [u8; 5] = [0x09, 0x04, 0xD0, 0x00, 0x34];

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResultColumn {
    pub(crate) name: String,
    pub(crate) sql_type: SqlType,
}

/// Encodes the description of a type.
pub(crate) fn type_info(out: &mut Vec<u8>, sql_type: SqlType) {
    match sql_type {
        SqlType::Bit => out.put_slice(&[0x68, 1]),
        SqlType::TinyInt => out.put_slice(&[0x26, 1]),
        SqlType::SmallInt => out.put_slice(&[0x26, 2]),
        SqlType::Int | SqlType::Null => out.put_slice(&[0x26, 4]),
        SqlType::BigInt => out.put_slice(&[0x26, 8]),
        SqlType::Decimal { precision, scale } => out.put_slice(&[0x6C, decimal_size(precision) + 1, precision, scale]),
        SqlType::Real => out.put_slice(&[0x6D, 4]),
        SqlType::Float => out.put_slice(&[0x6D, 8]),
        SqlType::Text { national, length } => {
            out.put_u8(if national { 0xE7 } else { 0xA7 });
            let unit = if national { 2 } else { 1 };
            out.put_u16_le(length.map_or(u16::MAX, |length| length.saturating_mul(unit)));
            out.put_slice(&COLLATION);
        }
        SqlType::Binary { length } => {
            out.put_u8(0xA5);
            out.put_u16_le(length.unwrap_or(u16::MAX));
        }
        SqlType::Date => out.put_u8(0x28),
        SqlType::Time(digits) => out.put_slice(&[0x29, digits]),
        SqlType::DateTime2(digits) => out.put_slice(&[0x2A, digits]),
        SqlType::DateTime => out.put_slice(&[0x6F, 8]),
        SqlType::Guid => out.put_slice(&[0x24, 16]),
        SqlType::Variant => {
            out.put_u8(0x62);
            out.put_u32_le(8009);
        }
    }
}

/// The size of a decimal's digits in bytes, without the sign.
pub(super) fn decimal_size(precision: u8) -> u8 {
    match precision {
        0..=9 => 4,
        10..=19 => 8,
        20..=28 => 12,
        _ => 16,
    }
}
