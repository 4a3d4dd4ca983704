//! SQL Server's errors. Numbers and texts are those of `sys.messages` in SQL Server 2022.

use crate::reserved_words::is_reserved;
use std::fmt;

/// An error as an ERROR token carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SqlError {
    pub(crate) number: i32,
    pub(crate) state: u8,
    /// Severity: 11–16 are errors of the statement; 20 and above close the connection.
    pub(crate) class: u8,
    pub(crate) message: String,
    /// The line of the batch where the statement starts, from 1; 0 until it is known.
    pub(crate) line: u64,
    /// Whether it ended a statement that writes, which info 3621 reports.
    pub(crate) ended_write: bool,
}

/// The number for T-SQL that the stand-in does not support: the first number that SQL Server leaves to users.
const UNSUPPORTED: i32 = 50_000;

/// Separates the fields of an error while it passes through SQLite, which carries only text.
const SEPARATOR: char = '\u{1}';

impl SqlError {
    pub(crate) fn new(number: i32, class: u8, message: impl Into<String>) -> Self {
        Self { number, state: 1, class, message: message.into(), line: 0, ended_write: false }
    }

    pub(crate) fn unsupported(what: impl fmt::Display) -> Self {
        Self::new(
            UNSUPPORTED,
            16,
            format!(
                "The SQL Server stand-in does not support {what}. Rewrite the statement without it, or run it on a \
                 real SQL Server."
            ),
        )
    }

    /// 156 near a reserved keyword, 102 near anything else.
    pub(crate) fn syntax(near: impl fmt::Display) -> Self {
        let near = near.to_string();
        if is_reserved(&near) {
            return Self::new(156, 15, format!("Incorrect syntax near the keyword '{near}'."));
        }
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
        let target = target.to_string();
        let text = format!("Arithmetic overflow error converting expression to data type {target}.");
        Self { state: if target == "numeric" { 8 } else { 2 }, ..Self::new(8115, 16, text) }
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

    /// Whether the batch continues with its next statement while XACT_ABORT is off.
    pub(crate) fn ends_statement_only(&self) -> bool {
        matches!(self.number, 266 | 515 | 544 | 547 | 1505 | 2601 | 2627 | 2628 | 8115 | 8134)
    }

    /// Whether the error ends the session: class 20 and above.
    pub(crate) fn ends_session(&self) -> bool {
        self.class >= 20
    }

    /// Whether the error itself rolls back the transaction: that of a deadlock victim (1205), a failed conversion of
    /// text (241, 245, 8114, 8169), or the end of the session.
    pub(crate) fn rolls_back(&self) -> bool {
        matches!(self.number, 241 | 245 | 1205 | 8114 | 8169) || self.ends_session()
    }

    /// Encodes the error as text, for functions inside SQLite. [`SqlError::unpack`] decodes it.
    fn pack(&self) -> String {
        let Self { number, state, class, message, .. } = self;
        format!("{SEPARATOR}{number}{SEPARATOR}{state}{SEPARATOR}{class}{SEPARATOR}{message}")
    }

    /// Decodes the error that a function inside SQLite raised, if `text` is one.
    pub(crate) fn unpack(text: &str) -> Option<Self> {
        let mut fields = text.strip_prefix(SEPARATOR)?.splitn(4, SEPARATOR);
        let (number, state) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let (class, message) = (fields.next()?.parse().ok()?, fields.next()?);
        Some(Self { state, ..Self::new(number, class, message) })
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pack())
    }
}

impl std::error::Error for SqlError {}

impl From<SqlError> for rusqlite::Error {
    fn from(error: SqlError) -> Self {
        Self::UserFunctionError(Box::new(error))
    }
}

/// Maps SQLite's errors to SQL Server's. Failed constraints need the catalog: see `catalog::constraint_error`.
impl From<rusqlite::Error> for SqlError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let text = match &error {
            rusqlite::Error::SqliteFailure(_, Some(text)) => text.clone(),
            rusqlite::Error::UserFunctionError(raised) => raised.to_string(),
            other => other.to_string(),
        };
        if let Some(raised) = Self::unpack(&text) {
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
    pub(crate) fn deadlock(session: u16) -> Self {
        let text = "was deadlocked on lock resources with another process and has been chosen as the deadlock victim. \
                    Rerun the transaction.";
        Self::new(1205, 13, format!("Transaction (Process ID {session}) {text}"))
    }

    pub(crate) fn uncommittable() -> Self {
        let text = "The current transaction cannot be committed and cannot support operations that write to the log \
                    file. Roll back the transaction.";
        Self::new(3930, 16, text)
    }

    pub(crate) fn lock_timeout() -> Self {
        Self::new(1222, 16, "Lock request time out period exceeded.")
    }
}
