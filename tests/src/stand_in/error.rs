//! Errors as SQL Server numbers them. Numbers and texts are those of `sys.messages` in SQL Server 2022.

use std::fmt;

/// What an ERROR token carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SqlError {
    pub(crate) number: i32,
    pub(crate) state: u8,
    /// Severity: 11–16 is the statement's fault, 20 and above ends the connection.
    pub(crate) class: u8,
    pub(crate) message: String,
}

/// The number of a statement that is T-SQL but beyond this stand-in; the first number that is free for users.
const UNSUPPORTED: i32 = 50_000;

/// Sets the fields of an error apart while it passes through SQLite, which carries text alone.
const SEPARATOR: char = '\u{1}';

impl SqlError {
    pub(crate) fn new(number: i32, class: u8, message: impl Into<String>) -> Self {
        Self { number, state: 1, class, message: message.into() }
    }

    pub(crate) fn unsupported(what: impl fmt::Display) -> Self {
        Self::new(UNSUPPORTED, 16, format!("The SQL Server stand-in does not support {what}."))
    }

    pub(crate) fn syntax(near: impl fmt::Display) -> Self {
        Self::new(102, 15, format!("Incorrect syntax near '{near}'."))
    }

    pub(crate) fn invalid_object(name: impl fmt::Display) -> Self {
        Self::new(208, 16, format!("Invalid object name '{name}'."))
    }

    pub(crate) fn invalid_column(name: impl fmt::Display) -> Self {
        Self::new(207, 16, format!("Invalid column name '{name}'."))
    }

    pub(crate) fn undeclared(name: impl fmt::Display) -> Self {
        Self::new(137, 15, format!("Must declare the scalar variable \"{name}\"."))
    }

    pub(crate) fn overflow(target: impl fmt::Display) -> Self {
        Self::new(8115, 16, format!("Arithmetic overflow error converting expression to data type {target}."))
    }

    pub(crate) fn object_exists(name: impl fmt::Display) -> Self {
        let text = format!("There is already an object named '{name}' in the database.");
        Self { state: 6, ..Self::new(2714, 16, text) }
    }

    pub(crate) fn cancelled() -> Self {
        Self::new(3617, 11, "The statement was cancelled by an attention.")
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.number == 3617
    }

    /// Whether the batch goes on with its next statement while XACT_ABORT is off.
    pub(crate) fn ends_statement_only(&self) -> bool {
        matches!(self.number, 515 | 544 | 547 | 1505 | 2601 | 2627 | 2628 | 8115 | 8134)
    }

    /// The form in which a function inside SQLite raises it; read back by [`SqlError::raised`].
    fn packed(&self) -> String {
        let Self { number, state, class, message } = self;
        format!("{SEPARATOR}{number}{SEPARATOR}{state}{SEPARATOR}{class}{SEPARATOR}{message}")
    }

    /// The error that a function inside SQLite raised, if `text` is one.
    pub(crate) fn raised(text: &str) -> Option<Self> {
        let mut fields = text.strip_prefix(SEPARATOR)?.splitn(4, SEPARATOR);
        Some(Self {
            number: fields.next()?.parse().ok()?,
            state: fields.next()?.parse().ok()?,
            class: fields.next()?.parse().ok()?,
            message: fields.next()?.to_owned(),
        })
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.packed())
    }
}

impl std::error::Error for SqlError {}

impl From<SqlError> for rusqlite::Error {
    fn from(error: SqlError) -> Self {
        Self::UserFunctionError(Box::new(error))
    }
}

/// SQLite's own failures, as the nearest of SQL Server's. Failed constraints need the catalogue: see `catalog::explain`.
impl From<rusqlite::Error> for SqlError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let text = match &error {
            rusqlite::Error::SqliteFailure(_, Some(text)) => text.clone(),
            rusqlite::Error::UserFunctionError(raised) => raised.to_string(),
            other => other.to_string(),
        };
        if let Some(raised) = Self::raised(&text) {
            return raised;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => Self::cancelled(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::lock_timeout(),
            _ if text.contains("integer overflow") => Self::overflow("bigint"),
            _ => Self::new(8_180, 16, format!("The store under the SQL Server stand-in refused the statement: {text}")),
        }
    }
}

impl SqlError {
    pub(crate) fn lock_timeout() -> Self {
        Self::new(1222, 16, "Lock request time out period exceeded.")
    }
}
