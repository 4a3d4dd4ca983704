//! Microsoft.Data.SqlClient's connection strings, read into typed settings.
//!
//! One string chooses the engine, the login and every option of the connection, with the grammar, the keywords, the synonyms and
//! the defaults of Microsoft.Data.SqlClient, so that a string from a .NET application works unchanged. What has no meaning here
//! is never passed over in silence: it becomes a [`Warning`], or a [`ParseError`] that says what to write instead. One data
//! source is this project's own: `Server=(embedded)` is a file on this machine, named by `AttachDbFilename`.
//!
//! No password comes out of this module except by [`Password::expose`] and [`ConnectionString::to_secret_string`]; an error or a
//! warning quotes nothing that stands after a `Password` in the string, because an unquoted `;` may have cut the password there.
//!
//! Left to others: where the string comes from, resolving names and instances, and whether this build can log in as the string
//! asks – integrated security without the `kerberos` feature on Unix is for the connector to refuse.
//!
//! Reference: <https://learn.microsoft.com/dotnet/api/microsoft.data.sqlclient.sqlconnection.connectionstring>.

mod assignments;
mod error;
mod excerpt;
mod grammar;
mod interpret;
mod keywords;
mod password;
mod print;
mod rules;
mod server;
mod settings;
mod summary;
#[cfg(test)]
mod tests;
mod warning;

use std::{fmt, str::FromStr};

use assignments::Assignments;
pub use error::{ParseError, Place, SyntaxError};
pub use excerpt::Excerpt;
pub use password::Password;
use print::Secrets;
pub use server::ServerAddress;
pub use settings::{ApplicationIntent, EmbeddedLogin, EmbeddedSettings, Encrypt, Login, SqlServerSettings, Target};
pub use warning::Warning;

/// The connection string of a shop that was given none: the embedded store, in a file of the working directory.
pub const DEFAULT_CONNECTION_STRING: &str = "Server=(embedded);AttachDbFilename=bookstore.db;Integrated Security=true";

/// The longest connection string that is read, in bytes of UTF-8.
pub const MAX_LENGTH: usize = 32 * 1024;

/// A connection string, understood.
///
/// `Display` prints an equivalent string with the password replaced by `***`.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionString {
    /// What to connect to, and how.
    pub target: Target,
    /// What the string asks for and does not get, for the log and the diagnosis.
    pub warnings: Vec<Warning>,
}

impl ConnectionString {
    /// Reads a connection string.
    ///
    /// # Errors
    /// The first thing in it that is malformed, unknown, out of range or refused; see [`ParseError`].
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_LENGTH {
            return Err(ParseError::TooLong { length: text.len() });
        }
        interpret::interpret(&Assignments::read(text)?)
    }

    /// Prints an equivalent string, **password included**: canonical keywords, and only what differs from the defaults.
    ///
    /// Reading it again gives the same [`Target`]. Keywords without effect are not in it.
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
