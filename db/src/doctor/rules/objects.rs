//! Tables, permissions, writes, the server's clock: rows 10, 22 and 23.

use crate::doctor::report::{Audience, Cause};
use crate::error::Error;

/// SQL Server: the database is read-only.
const READ_ONLY: u32 = 3906;

/// A statement that failed, as `login` in this database.
pub(in crate::doctor) fn statement(error: &Error, login: &str, database: &str) -> Vec<Cause> {
    match error {
        Error::SchemaMissing { .. } if database.eq_ignore_ascii_case("master") => vec![
            Cause::row(23, "the login was put into master, as the string names no database")
                .fix(Audience::Application, "name the database", "Database=Bookstore"),
        ],
        Error::SchemaMissing { .. } => vec![
            Cause::row(23, format!("the database {database} has no schema of this version yet"))
                .fix(Audience::Application, "bring it up to date, with a login that may", "bookstore migrate"),
            ],
        Error::Refused { message, .. } => vec![
            Cause::row(22, format!("{login} may not do that: {message}")).fix(Audience::SqlServer, "give it the shop's role", grant(login, database)),
        ],
        Error::Database(text) if text.contains(&format!("error {READ_ONLY},")) => vec![
            Cause::other(format!("the database {database} is read-only: a secondary replica, or set so"))
                .fix(Audience::Application, "connect to the primary replica", "ApplicationIntent=ReadWrite")
                .fix(Audience::SqlServer, "or let it be written", format!("ALTER DATABASE [{database}] SET READ_WRITE")),
        ],
        Error::TimedOut(_) => vec![
            Cause::other("another session holds a lock, or the server is overloaded")
                .fix(Audience::SqlServer, "see who blocks", "SELECT session_id, blocking_session_id, wait_type FROM sys.dm_exec_requests WHERE blocking_session_id <> 0"),
        ],
        _ => vec![Cause::other("SQL Server said something that the table of known failures does not have")],
    }
}

/// Permissions that are missing.
pub(in crate::doctor) fn permissions(missing: &[String], login: &str, database: &str) -> Vec<Cause> {
    let what = format!("{login} lacks {}: it is not in the role bookstore_app", missing.join(", "));
    vec![Cause::row(22, what).fix(Audience::SqlServer, "give it the role", grant(login, database))]
}

fn grant(login: &str, database: &str) -> String {
    format!(
        "bookstore migrate --grant '{login}'\n-- or: USE [{database}]; ALTER ROLE bookstore_app ADD MEMBER [{login}]"
    )
}
