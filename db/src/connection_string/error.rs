//! Errors and warnings of connection strings. No message contains a password, or anything that could be part of one.

use std::fmt;

use super::excerpt::Excerpt;
use super::invisible::InvisibleCharacter;

/// Maximum length of a connection string, in bytes of UTF-8.
pub const MAX_LENGTH: usize = 32 * 1024;

/// Why a connection string was refused, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The string is longer than [`MAX_LENGTH`].
    #[error("the connection string has {length} bytes; the maximum is {MAX_LENGTH}")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The string is not a list of `keyword=value` pairs.
    #[error("{position}: {error}")]
    Syntax {
        /// Where the error is.
        position: Position,
        /// The error.
        error: SyntaxError,
    },
    /// The keyword is unknown to Microsoft.Data.SqlClient, too.
    #[error("{}", unknown_keyword(.position, .keyword, *.nearest))]
    UnknownKeyword {
        /// Where the keyword is.
        position: Position,
        /// The keyword, if it may be shown.
        keyword: Excerpt,
        /// The most similar known spelling.
        nearest: Option<&'static str>,
    },
    /// A keyword, or the value of a keyword that is invalid, contains an invisible character.
    #[error("{position}: {character} cannot be seen and does not belong there; delete it, or type the text again")]
    Invisible {
        /// Where it is.
        position: Position,
        /// The character and its position.
        character: InvisibleCharacter,
    },
    /// The whole string is in quotes.
    #[error(
        "the connection string starts with the quotation mark {quote}, which is not part of the syntax: `set` on \
         Windows, --env-file, a list in a Compose file and Environment= of systemd keep quotation marks in the value; \
         remove the one at the start and the one at the end"
    )]
    Quoted {
        /// The quotation mark.
        quote: char,
    },
    /// The string starts with the name of the variable that is to hold it.
    #[error("the connection string starts with its own name, {name}=; remove this part")]
    NamedTwice {
        /// The name.
        name: &'static str,
    },
    /// The string is in the format of another driver or tool.
    #[error("{}", other_format(.format, .equivalent.as_deref()))]
    OtherFormat {
        /// The format, as "an ODBC connection string".
        format: &'static str,
        /// The equivalent connection string without the password, if there is one.
        equivalent: Option<String>,
    },
    /// The keyword does not accept the value.
    #[error("{keyword}: invalid value {value}; write {expected}")]
    InvalidValue {
        /// The keyword, as the string spells it.
        keyword: &'static str,
        /// The value, if it may be shown.
        value: Excerpt,
        /// What the keyword accepts.
        expected: String,
    },
    /// The value is longer than a login packet allows.
    #[error("{keyword}: the value is too long; the maximum is {limit} UTF-16 code units")]
    ValueTooLong {
        /// The keyword, as the string spells it.
        keyword: &'static str,
        /// The limit.
        limit: usize,
    },
    /// An unquoted value contains `Password=`: a `;` is missing before it.
    #[error(
        "{keyword}: the value contains a second pair, Password=…; write a ; between the pairs, or quote the value if \
         this is intended"
    )]
    UnseparatedPassword {
        /// The keyword, as the string spells it.
        keyword: &'static str,
    },
    /// The keyword or its value is known but not supported here.
    #[error("{keyword}: {reason}")]
    Refused {
        /// The keyword, as the string spells it.
        keyword: &'static str,
        /// Why, and what to write instead.
        reason: &'static str,
    },
    /// `Min Pool Size` is above `Max Pool Size`.
    #[error("Min Pool Size is {min} and Max Pool Size is {max}; lower the minimum or raise the maximum")]
    PoolSizes {
        /// The minimum.
        min: u32,
        /// The maximum.
        max: u32,
    },
    /// The string names no data source.
    #[error("no server is named; write Server=host, Server=host,port, Server=host\\instance or Server=(embedded)")]
    MissingServer,
    /// The string has neither integrated security nor a user.
    #[error(
        "no login is chosen; write Integrated Security=true for the account of this process, or User ID=… and \
         Password=… for a SQL login"
    )]
    MissingLogin,
}

/// The position of an error in a connection string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// At its start.
    Start,
    /// After the value of this keyword.
    After(&'static str),
    /// In the value of this keyword.
    Value(&'static str),
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("at the start"),
            Self::After(keyword) => write!(f, "after the value of {keyword}"),
            Self::Value(keyword) => write!(f, "in the value of {keyword}"),
        }
    }
}

/// A violation of the grammar of connection strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// Text without `=`.
    #[error("text without =; write keyword=value, and quote a value that contains ; as in Password=\"…;…\"")]
    MissingEquals,
    /// `=` without a keyword.
    #[error("there is no keyword before =; write keyword=value, and quote a value that contains ; or starts with =")]
    MissingKeyword,
    /// A control character outside quotes, or NUL anywhere.
    #[error("a control character; remove it, or quote the value (NUL is never allowed)")]
    ControlCharacter,
    /// A quote that is not closed.
    #[error("a quote is not closed; end the value with the quote that it starts with, and double that quote inside it")]
    UnclosedQuote,
    /// Text other than `;` after a closing quote.
    #[error("text follows the closing quote; write ; there, and double a quote inside the value")]
    TextAfterQuote,
    /// A value that ends in a quote without starting with one.
    #[error("the value ends in a quote but does not start with one; quote the whole value")]
    QuoteAtEnd,
}

fn other_format(format: &str, equivalent: Option<&str>) -> String {
    let example = "Server=host,port;Database=…;User ID=…;Password=…";
    match equivalent {
        Some(equivalent) => format!("this is {format}; write it in ADO.NET syntax: {equivalent}"),
        None => format!("this is {format}, which cannot be read; write it in ADO.NET syntax, as in {example}"),
    }
}

fn unknown_keyword(position: &Position, keyword: &Excerpt, nearest: Option<&str>) -> String {
    let hint = match nearest {
        Some(nearest) => format!("the nearest known one is {nearest}"),
        None => "see the keywords of Microsoft.Data.SqlClient".to_owned(),
    };
    if keyword.is_withheld() {
        let help = "write keyword=value; a value that contains ; must be quoted, as in Password=\"…;…\"";
        format!("{position}: an unknown keyword {keyword}; {hint}; {help}")
    } else {
        format!("unknown keyword {keyword}; {hint}")
    }
}

/// A known part of a connection string that is ignored. Contains no value of the string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// A keyword of Microsoft.Data.SqlClient that has no effect here.
    #[error("{keyword} has no effect: {reason}")]
    NoEffect {
        /// The keyword, as the string spells it.
        keyword: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// Integrated security together with a user or a password, which SqlClient ignores silently.
    #[error(
        "{keyword} is ignored, because Integrated Security=true logs in as the account of this process; remove one of \
         the two"
    )]
    LoginIgnored {
        /// The keyword of the user or the password, as the string spells it.
        keyword: &'static str,
    },
    /// A SQL login without a password, which is tried with an empty password.
    #[error("User ID is given without Password: the login is tried with an empty password")]
    EmptyPassword,
    /// A SQL login whose user is named like a Windows account, which cannot log in by password.
    #[error(
        "{keyword} is named like a Windows account, which cannot log in by password; write Integrated Security=true \
         instead of {keyword} and Password, and run the shop as this account"
    )]
    WindowsAccount {
        /// The keyword of the user, as the string spells it.
        keyword: &'static str,
    },
    /// A value that documentation or a deployment tool should have replaced.
    #[error("{keyword} is still a placeholder of the form {form}; replace it by the real value")]
    Placeholder {
        /// The keyword, as the string spells it.
        keyword: &'static str,
        /// The form of the placeholder, as `{…}`.
        form: &'static str,
    },
    /// A value with an invisible character, which is used as it is.
    #[error("the value of {keyword} contains {character}, which cannot be seen; delete it if it was not intended")]
    Invisible {
        /// The keyword, as the string spells it.
        keyword: &'static str,
        /// The character and its position.
        character: InvisibleCharacter,
    },
    /// A password with an invisible character at one of its ends.
    #[error("{keyword} starts or ends with an invisible character; if it was pasted, type it")]
    InvisibleInPassword {
        /// The keyword of the password, as the string spells it.
        keyword: &'static str,
    },
    /// An environment variable that resembles the one that holds the connection string, which is not set.
    #[error(
        "the environment variable {found} is ignored, and the embedded store is used: the name is {expected}, in lower \
         case; rename it"
    )]
    SimilarVariable {
        /// The variable that is set.
        found: String,
        /// The variable that is not.
        expected: &'static str,
    },
    /// A data source with an instance and a port, of which only the port is used.
    #[error("Data Source names an instance and port {port}: the port is used and the instance is ignored")]
    InstanceIgnored {
        /// The port.
        port: u16,
    },
}
