//! Babelfish's errors that have no number of SQL Server's: it reports them all as 33557097 with PostgreSQL's text, which
//! alone says what happened. No other file reads a server's texts.

use tiberius::error::TokenError;

/// `ERRCODE_PLTSQL_ERROR_NOT_MAPPED` in Babelfish's sources.
const NOT_MAPPED: u32 = 33_557_097;

/// Returns the error's number. For an error of Babelfish without one: the number with which SQL Server reports the same.
pub(super) fn number(error: &TokenError) -> u32 {
    match error.code() {
        NOT_MAPPED => meaning(error.message()).unwrap_or(NOT_MAPPED),
        number => number,
    }
}

/// The beginning and the end of PostgreSQL's and Babelfish's texts, in English, which both use unless told otherwise.
const TEXTS: [(&str, &str, u32); 16] = [
    ("relation ", " does not exist", 208),
    ("schema ", " does not exist", 208),
    ("column ", " does not exist", 207),
    ("permission denied for ", "", 229),
    ("permission denied to ", "", 262),
    ("must be owner of ", "", 229),
    ("Current login ", " does not have permission to create new login", 15247),
    ("canceling statement due to lock timeout", "", 1222),
    ("could not serialize access due to ", "", 3960),
    ("the database system is ", "", 922),
    ("terminating connection due to ", "", 6005),
    ("sorry, too many clients already", "", 10928),
    ("Cannot create user for sysadmin role", "", 15405),
    ("role ", " does not exist", 15007),
    ("The login already has an account under a different user name", "", 15063),
    ("Existing user already maps to login ", "", 15063),
];

fn meaning(text: &str) -> Option<u32> {
    let text = text.trim_end_matches('.');
    let found = TEXTS.iter().find(|(start, end, _)| text.starts_with(start) && text.ends_with(end));
    found.map(|(_, _, number)| *number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded from Babelfish 4.4, but for the last four, which are from its sources and those of PostgreSQL 16.
    #[test]
    fn recorded_texts_have_the_number_of_sql_server() {
        for (text, number) in [
            ("relation \"bookstore_dbo.bookrows\" does not exist", 208),
            ("column \"colour\" does not exist", 207),
            ("column b.version does not exist", 207),
            ("column \"colour\" of relation \"books\" does not exist", 207),
            ("permission denied for table books", 229),
            ("permission denied for view bookentries", 229),
            ("permission denied for schema bookstore_dbo", 229),
            ("permission denied to create database", 262),
            ("must be owner of table books", 229),
            ("Current login webapp does not have permission to create new login", 15247),
            ("canceling statement due to lock timeout", 1222),
            ("Cannot create user for sysadmin role.", 15405),
            ("role \"nobody\" does not exist", 15007),
            ("Existing user already maps to login 'webapp' in current database.", 15063),
            ("The login already has an account under a different user name.", 15063),
            ("could not serialize access due to concurrent update", 3960),
            ("the database system is starting up", 922),
            ("terminating connection due to administrator command", 6005),
        ] {
            assert_eq!(meaning(text), Some(number), "{text}");
        }
        for text in ["syntax error at or near \"x\"", "function x() does not exist", "database system", ""] {
            assert_eq!(meaning(text), None, "{text}");
        }
    }
}
