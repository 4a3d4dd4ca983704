//! Connection strings in Microsoft.Data.SqlClient's syntax, parsed to typed settings.
//!
//! One string chooses the engine, the login and all options of the connection. Grammar, keywords, synonyms and defaults
//! are those of Microsoft.Data.SqlClient, so a string of a .NET application works unchanged. A keyword that has no
//! effect here is a [`Warning`], one that cannot be honoured a [`ParseError`] with what to write instead. The data
//! source `Server=(embedded)` is an extension: a file on this machine, named by `AttachDbFilename`.
//!
//! Only [`Password::expose`] and [`ConnectionString::to_secret_string`] return a password. Errors and warnings quote
//! nothing that follows a `Password` in the string, because an unquoted `;` may have ended the password too early.
//!
//! The program decides where the string comes from. `sql_server` resolves names and instances, and refuses integrated
//! logins that this build does not support.
//!
//! Reference: <https://learn.microsoft.com/dotnet/api/microsoft.data.sqlclient.sqlconnection.connectionstring>.

mod assignments;
mod error;
mod excerpt;
mod grammar;
mod interpret;
mod invisible;
mod keywords;
mod login_doubt;
mod mistakes;
mod other_formats;
mod print;
mod rules;
mod server;
mod settings;
mod summary;
#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use assignments::Assignments;
pub use error::{MAX_LENGTH, ParseError, Position, SyntaxError, Warning};
pub use excerpt::Excerpt;
pub use invisible::InvisibleCharacter;
pub use login_doubt::LoginDoubt;
use print::Secrets;
pub use server::ServerAddress;
pub use settings::{
    ApplicationIntent, EmbeddedLogin, EmbeddedSettings, Encrypt, Login, Password, PoolBlockingPeriod,
    SqlServerSettings, Target,
};

/// The connection string that is used if none is set: the embedded store in a file of the working directory.
pub const DEFAULT_CONNECTION_STRING: &str = "Server=(embedded);AttachDbFilename=bookstore.db;Integrated Security=true";

/// A parsed connection string.
///
/// `Display` prints an equivalent string with the password replaced by `***`.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionString {
    /// The store to open, and how.
    pub target: Target,
    /// What the string asks for and does not get.
    pub warnings: Vec<Warning>,
}

impl ConnectionString {
    /// Parses a connection string.
    ///
    /// # Errors
    /// [`ParseError`], for the first part that is malformed, unknown, out of range or refused.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_LENGTH {
            return Err(ParseError::TooLong { length: text.len() });
        }
        // Only a string that cannot be parsed is looked at for known mistakes, so that none of them refuses a valid
        // one.
        Self::parse_pairs(text).map_err(|error| mistakes::explain(text).unwrap_or(error))
    }

    fn parse_pairs(text: &str) -> Result<Self, ParseError> {
        let (target, warnings) = interpret::interpret(&Assignments::read(text)?)?;
        Ok(Self { target, warnings })
    }

    /// Prints an equivalent string, **password included**: canonical keywords, and only what differs from the defaults.
    ///
    /// Parsing it again returns the same [`Target`]. Keywords without effect are left out.
    #[must_use]
    pub fn to_secret_string(&self) -> String {
        print::canonical(&self.target, Secrets::Exposed)
    }
}

impl Default for ConnectionString {
    /// [`DEFAULT_CONNECTION_STRING`].
    fn default() -> Self {
        let settings = EmbeddedSettings { file: "bookstore.db".into(), login: EmbeddedLogin::Integrated };
        Self { target: Target::Embedded(settings), warnings: Vec::new() }
    }
}

impl FromStr for ConnectionString {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for ConnectionString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print::canonical(&self.target, Secrets::Hidden))
    }
}
