//! T-SQL's types, and how SQLite stores their values.
//!
//! | T-SQL | SQLite |
//! |---|---|
//! | bit, tinyint … bigint | INTEGER |
//! | decimal(p, s) | INTEGER: the value times 10^s, so that it is exact and sorts as a number; at most 18 digits |
//! | float, real | REAL |
//! | (n)varchar | TEXT with the collation [`COLLATION`] |
//! | varbinary | BLOB |
//! | date, time, datetime, datetime2 | INTEGER: 100 ns since 0001-01-01 (time: since midnight) |
//! | uniqueidentifier | TEXT, upper case |

use crate::error::SqlError;
use sqlparser::ast::{BinaryLength, CharacterLength, DataType, ExactNumberInfo};
use sqlparser::{dialect::MsSqlDialect, parser::Parser};
use std::fmt;
use std::str::FromStr;

/// The collation's name in SQLite. Like SQL_Latin1_General_CP1_CI_AS, it ignores case and trailing blanks.
pub(crate) const COLLATION: &str = "TSQL";

/// The most digits of a stored decimal.
pub(crate) const STORED_DIGITS: u8 = 18;

/// A T-SQL type. Lengths are in UTF-16 units (nvarchar) or bytes; `None` is MAX.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SqlType {
    /// The type of a bare NULL. As a result column it is an int.
    Null,
    Bit,
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    Decimal {
        precision: u8,
        scale: u8,
    },
    Real,
    Float,
    Text {
        national: bool,
        length: Option<u16>,
    },
    Binary {
        length: Option<u16>,
    },
    Date,
    Time(u8),
    DateTime,
    DateTime2(u8),
    Guid,
    /// sql_variant, the result of SERVERPROPERTY and CONNECTIONPROPERTY. It holds text and must be cast.
    Variant,
}

impl SqlType {
    pub(crate) const SYSNAME: Self = Self::nvarchar(128);

    pub(crate) const fn nvarchar(length: u16) -> Self {
        Self::Text { national: true, length: Some(length) }
    }

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

    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Text { .. })
    }

    pub(crate) fn is_number(self) -> bool {
        self.is_integer() || matches!(self, Self::Decimal { .. } | Self::Real | Self::Float)
    }

    pub(crate) fn is_integer(self) -> bool {
        matches!(self, Self::Bit | Self::TinyInt | Self::SmallInt | Self::Int | Self::BigInt)
    }

    pub(crate) fn is_temporal(self) -> bool {
        matches!(self, Self::Date | Self::Time(_) | Self::DateTime | Self::DateTime2(_))
    }

    /// The name without a length, as in INFORMATION_SCHEMA.
    pub(crate) fn base_name(self) -> &'static str {
        match self {
            Self::Null | Self::Int => "int",
            Self::Bit => "bit",
            Self::TinyInt => "tinyint",
            Self::SmallInt => "smallint",
            Self::BigInt => "bigint",
            Self::Decimal { .. } => "numeric",
            Self::Real => "real",
            Self::Float => "float",
            Self::Text { national: true, .. } => "nvarchar",
            Self::Text { national: false, .. } => "varchar",
            Self::Binary { .. } => "varbinary",
            Self::Date => "date",
            Self::Time(_) => "time",
            Self::DateTime => "datetime",
            Self::DateTime2(_) => "datetime2",
            Self::Guid => "uniqueidentifier",
            Self::Variant => "sql_variant",
        }
    }

    /// INFORMATION_SCHEMA's CHARACTER_MAXIMUM_LENGTH: −1 for MAX.
    pub(crate) fn maximum_length(self) -> Option<i64> {
        match self {
            Self::Text { length, .. } | Self::Binary { length } => Some(length.map_or(-1, i64::from)),
            _ => None,
        }
    }

    /// Precision and scale that a number has in decimal arithmetic.
    pub(crate) fn as_decimal(self) -> Option<(u8, u8)> {
        Some(match self {
            Self::Bit => (1, 0),
            Self::TinyInt => (3, 0),
            Self::SmallInt => (5, 0),
            Self::Int | Self::Null => (10, 0),
            Self::BigInt => (19, 0),
            Self::Decimal { precision, scale } => (precision, scale),
            _ => return None,
        })
    }

    /// Rank in SQL Server's data type precedence: the lower type converts to the higher one.
    fn precedence(self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Binary { .. } => 1,
            Self::Text { national: false, .. } => 2,
            Self::Text { national: true, .. } => 3,
            Self::Guid => 4,
            Self::Bit => 5,
            Self::TinyInt => 6,
            Self::SmallInt => 7,
            Self::Int => 8,
            Self::BigInt => 9,
            Self::Decimal { .. } => 10,
            Self::Real => 11,
            Self::Float => 12,
            Self::Time(_) => 13,
            Self::Date => 14,
            Self::DateTime => 15,
            Self::DateTime2(_) => 16,
            Self::Variant => 17,
        }
    }

    /// The type to which two operands, or two branches of an expression, convert.
    pub(crate) fn common(self, other: Self) -> Self {
        let (low, high) = if self.precedence() <= other.precedence() { (self, other) } else { (other, self) };
        match (low, high) {
            (Self::Text { length: a, .. }, Self::Text { national, length: b }) => {
                Self::Text { national, length: a.zip(b).map(|(a, b)| a.max(b)) }
            }
            (Self::Binary { length: a }, Self::Binary { length: b }) => {
                Self::Binary { length: a.zip(b).map(|(a, b)| a.max(b)) }
            }
            (Self::Null, high) => high,
            (low, Self::Decimal { precision, scale }) => match low.as_decimal() {
                Some((p, s)) => {
                    let scale_out = s.max(scale);
                    let whole = p.saturating_sub(s).max(precision.saturating_sub(scale));
                    Self::Decimal { precision: (whole + scale_out).min(38), scale: scale_out }
                }
                None => high,
            },
            (Self::Time(a), Self::Time(b)) => Self::Time(a.max(b)),
            (Self::DateTime2(a), Self::DateTime2(b)) => Self::DateTime2(a.max(b)),
            (_, high) => high,
        }
    }
}

impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base_name())?;
        match self {
            Self::Decimal { precision, scale } => write!(f, "({precision},{scale})"),
            Self::Text { length: Some(n), .. } | Self::Binary { length: Some(n) } => write!(f, "({n})"),
            Self::Text { length: None, .. } | Self::Binary { length: None } => f.write_str("(max)"),
            Self::Time(digits) | Self::DateTime2(digits) => write!(f, "({digits})"),
            _ => Ok(()),
        }
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
