//! Why a connection string is refused. No message holds a password, or anything that could be part of one.

use std::fmt;

use super::{Excerpt, MAX_LENGTH};

/// Why a connection string is refused, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// Longer than [`MAX_LENGTH`].
    #[error("the connection string is {length} bytes long; at most {MAX_LENGTH} are read")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// Not a list of `keyword=value` pairs.
    #[error("{place}: {error}")]
    Syntax {
        /// Where.
        place: Place,
        /// What.
        error: SyntaxError,
    },
    /// A keyword that Microsoft.Data.SqlClient does not have either.
    #[error("{}", unknown_keyword(.place, .keyword, *.nearest))]
    UnknownKeyword {
        /// Where it stands.
        place: Place,
        /// The keyword, where it may be shown.
        keyword: Excerpt,
        /// The known spelling that is most like it.
        nearest: Option<&'static str>,
    },
    /// A value that its keyword does not take.
    #[error("{keyword}: invalid value {value}; write {expected}")]
    InvalidValue {
        /// The keyword, as the string spells it.
        keyword: &'static str,
        /// The value, where it may be shown.
        value: Excerpt,
        /// What the keyword takes.
        expected: String,
    },
    /// A value longer than a login can carry.
    #[error("{keyword}: the value is too long; at most {limit} UTF-16 code units are taken")]
    ValueTooLong {
        /// The keyword, as the string spells it.
        keyword: &'static str,
        /// The limit.
        limit: usize,
    },
    /// An unquoted value that contains `Password=`: a `;` is missing before it.
    #[error(
        "{keyword}: its value contains a second pair, Password=…; put a ; between the pairs, or quote the value if it is meant so"
    )]
    SwallowedPassword {
        /// The keyword, as the string spells it.
        keyword: &'static str,
    },
    /// Understood, and not to be had here.
    #[error("{keyword}: {reason}")]
    Refused {
        /// The keyword, as the string spells it.
        keyword: &'static str,
        /// Why, and what to write instead.
        reason: &'static str,
    },
    /// `Min Pool Size` is above `Max Pool Size`.
    #[error("Min Pool Size is {min} and Max Pool Size is {max}; write a minimum that is not above the maximum")]
    PoolSizes {
        /// The minimum.
        min: u32,
        /// The maximum.
        max: u32,
    },
    /// No data source.
    #[error("no server is named; write Server=host, Server=host,port, Server=host\\instance or Server=(embedded)")]
    MissingServer,
    /// Neither integrated security nor a user.
    #[error(
        "no login is chosen; write Integrated Security=true for the account of this process, or User ID=… and Password=… for a SQL login"
    )]
    MissingLogin,
}

/// Where in a connection string something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At its start.
    Start,
    /// Behind the value of this keyword.
    After(&'static str),
    /// In the value of this keyword.
    Value(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("at the start"),
            Self::After(keyword) => write!(f, "after the value of {keyword}"),
            Self::Value(keyword) => write!(f, "in the value of {keyword}"),
        }
    }
}

/// What is wrong with the form of a connection string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// Text without `=`.
    #[error("text without =; write keyword=value, and quote a value that contains ; as in Password=\"…;…\"")]
    MissingEquals,
    /// `=` without a keyword.
    #[error("nothing stands before =; write keyword=value, and quote a value that contains ; or starts with =")]
    MissingKeyword,
    /// A control character outside quotes, or NUL anywhere.
    #[error("a control character; outside quotes only white space is taken, and NUL nowhere")]
    ControlCharacter,
    /// A quote without its partner.
    #[error("a quote is not closed; end the value with the quote it starts with, and double that quote inside it")]
    UnclosedQuote,
    /// Something other than `;` behind a closing quote.
    #[error("text follows the closing quote; write ; there, and double a quote inside the value")]
    TextAfterQuote,
    /// A value that ends in a quote without starting with one.
    #[error("the value ends in a quote but does not start with one; quote the whole value")]
    QuoteAtEnd,
}

fn unknown_keyword(place: &Place, keyword: &Excerpt, nearest: Option<&str>) -> String {
    let hint = match nearest {
        Some(nearest) => format!("the nearest known one is {nearest}"),
        None => "see Microsoft.Data.SqlClient's keywords".to_owned(),
    };
    if keyword.is_withheld() {
        let help = "write keyword=value; a value that contains ; must be quoted, as in Password=\"…;…\"";
        format!("{place}: an unknown keyword {keyword}; {hint}; {help}")
    } else {
        format!("unknown keyword {keyword}; {hint}")
    }
}
