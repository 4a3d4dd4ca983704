//! A failed SSPI call as an error.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;

use super::Status;
use super::table;

/// Which call failed, for which service, and how.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    /// What was going on, as "asking for a ticket".
    pub(crate) doing: &'static str,
    /// The service principal name.
    pub(crate) target: String,
}

impl Failure {
    /// The kind that the package's documentation promises for the status.
    pub(crate) fn kind(&self) -> ErrorKind {
        table::explain(self.status.0).map_or(ErrorKind::Other, |explanation| explanation.kind)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status: Status(code), doing, target } = self;
        write!(f, "SSPI failed while {doing} for {target}: ")?;
        match table::explain(*code) {
            Some(table::Explanation { name, meaning, remedy, .. }) => {
                write!(f, "{meaning} ({name}, {code:#010X}); {remedy}")
            }
            None => write!(
                f,
                "status {code:#010X}; look it up in https://learn.microsoft.com/windows/win32/com/com-error-codes-4"
            ),
        }
    }
}

impl Error for Failure {}
