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

use std::fmt;

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
