//! Type declarations in T-SQL.

use super::SqlType;
use crate::error::SqlError;
use sqlparser::ast::{BinaryLength, CharacterLength, DataType, ExactNumberInfo};
use sqlparser::{dialect::MsSqlDialect, parser::Parser};
use std::str::FromStr;

impl SqlType {
    /// The type of a declaration. An omitted text length is 1.
    pub(crate) fn declared(data_type: &DataType) -> Result<Self, SqlError> {
        Self::with_default_length(data_type, 1)
    }

    /// The target type of CAST and CONVERT. An omitted text length is 30.
    pub(crate) fn cast_target(data_type: &DataType) -> Result<Self, SqlError> {
        Self::with_default_length(data_type, 30)
    }

    fn with_default_length(data_type: &DataType, default: u16) -> Result<Self, SqlError> {
        Ok(match data_type {
            DataType::Bit(None) => Self::Bit,
            DataType::TinyInt(None) => Self::TinyInt,
            DataType::SmallInt(None) => Self::SmallInt,
            DataType::Int(None) | DataType::Integer(None) => Self::Int,
            DataType::BigInt(None) => Self::BigInt,
            DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) => decimal(info)?,
            DataType::Real => Self::Real,
            DataType::Float(ExactNumberInfo::Precision(..=24)) => Self::Real,
            DataType::Float(ExactNumberInfo::Precision(..=53) | ExactNumberInfo::None) => Self::Float,
            DataType::Varchar(length) => Self::Text { national: false, length: text_length(length, default, 8000)? },
            DataType::Nvarchar(length) => Self::Text { national: true, length: text_length(length, default, 4000)? },
            DataType::Varbinary(length) => Self::Binary { length: binary_length(length, default)? },
            DataType::Date => Self::Date,
            DataType::Datetime(None) => Self::DateTime,
            DataType::Time(digits, _) => Self::Time(fraction(digits.unwrap_or(7))?),
            DataType::Custom(name, modifiers) => custom(&name.to_string(), modifiers)?,
            other => return Err(SqlError::unsupported(format_args!("the type {other}"))),
        })
    }
}

/// Parses what `Display` writes, and any other T-SQL type declaration.
impl FromStr for SqlType {
    type Err = SqlError;

    fn from_str(text: &str) -> Result<Self, SqlError> {
        if text == "sql_variant" {
            return Ok(Self::Variant);
        }
        let mut parser = Parser::new(&MsSqlDialect {}).try_with_sql(text).map_err(|_| SqlError::syntax(text))?;
        Self::declared(&parser.parse_data_type().map_err(|_| SqlError::syntax(text))?)
    }
}

fn decimal(info: &ExactNumberInfo) -> Result<SqlType, SqlError> {
    let (precision, scale) = match *info {
        ExactNumberInfo::None => (18, 0),
        ExactNumberInfo::Precision(precision) => (precision, 0),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => (precision, scale),
    };
    match (u8::try_from(precision), u8::try_from(scale)) {
        (Ok(precision @ 1..=38), Ok(scale)) if scale <= precision => Ok(SqlType::Decimal { precision, scale }),
        _ => Err(SqlError::new(1002, 15, format!("Line 1: Specified scale {scale} is invalid."))),
    }
}

fn text_length(length: &Option<CharacterLength>, default: u16, most: u16) -> Result<Option<u16>, SqlError> {
    match length {
        None => Ok(Some(default)),
        Some(CharacterLength::Max) => Ok(None),
        Some(CharacterLength::IntegerLength { length, .. }) => checked_length(*length, most).map(Some),
    }
}

fn binary_length(length: &Option<BinaryLength>, default: u16) -> Result<Option<u16>, SqlError> {
    match length {
        None => Ok(Some(default)),
        Some(BinaryLength::Max) => Ok(None),
        Some(BinaryLength::IntegerLength { length }) => checked_length(*length, 8000).map(Some),
    }
}

fn checked_length(length: u64, most: u16) -> Result<u16, SqlError> {
    let refused = || {
        let text = format!("The size ({length}) given to the type exceeds the maximum allowed ({most}).");
        SqlError::new(131, 15, text)
    };
    u16::try_from(length).ok().filter(|length| (1..=most).contains(length)).ok_or_else(refused)
}

fn fraction(digits: u64) -> Result<u8, SqlError> {
    let refused = || SqlError::new(1002, 15, format!("Line 1: Specified scale {digits} is invalid."));
    u8::try_from(digits).ok().filter(|digits| *digits <= 7).ok_or_else(refused)
}

/// T-SQL types that the stand-in lacks and `sqlparser` does not know ("Data types" in Microsoft's documentation).
const OTHER_TYPES: [&str; 12] = [
    "datetimeoffset",
    "geography",
    "geometry",
    "hierarchyid",
    "image",
    "money",
    "ntext",
    "rowversion",
    "smalldatetime",
    "smallmoney",
    "sql_variant",
    "xml",
];

fn custom(name: &str, modifiers: &[sqlparser::ast::TypeModifier]) -> Result<SqlType, SqlError> {
    let digits = || match modifiers {
        [] => Ok(7),
        [digits] => digits.to_string().parse().map_err(|_| SqlError::syntax(digits)),
        _ => Err(SqlError::syntax(",")),
    };
    match name.to_ascii_lowercase().as_str() {
        "uniqueidentifier" => Ok(SqlType::Guid),
        "sysname" => Ok(SqlType::SYSNAME),
        "datetime2" => Ok(SqlType::DateTime2(fraction(digits()?)?)),
        name if OTHER_TYPES.contains(&name) => Err(SqlError::unsupported(format_args!("the type {name}"))),
        _ => Err(SqlError::new(2715, 16, format!("Cannot find data type {name}."))),
    }
}
