//! Checks the database behind the login: the server's clock, whether readers wait for writers, the schema, the
//! permissions and a write. Known failures 10, 22 and 23.

use std::time::{Duration, Instant, SystemTime};

use bookstore_db::error::Error;
use bookstore_db::sql_server::{Connection, SCHEMA_PROBE, SNAPSHOT_READS, turn_on_snapshot_reads};
use tiberius::{Row, ToSql};
use time::{OffsetDateTime, PrimitiveDateTime};
use tokio::time::timeout;
use uuid::Uuid;

use crate::clock;
use crate::report::{Audience, Cause, Link};
use crate::run::{Outcome, Run};

const TIME_LIMIT: Duration = Duration::from_secs(3);
/// SQL Server's error number of a read-only database.
const READ_ONLY: u32 = 3906;
const CLOCK: &str = include_str!("../sql/clock.sql");
const PERMISSIONS: &str = include_str!("../sql/permissions.sql");
const WRITE: &str = include_str!("../sql/write.sql");
const WRITE_NO_ROW: &str = include_str!("../sql/write-no-row.sql");

/// How the write check writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WriteCheck {
    /// INSERT, UPDATE and DELETE of no row: shows permissions and a read-only database.
    #[default]
    NoRow,
    /// A row that is rolled back: also shows triggers and policies, and uses up an IDENTITY value.
    RolledBackRow,
}

/// Login and database, for the texts of fixes.
struct Session {
    login: String,
    database: String,
}

/// Runs the checks in order; one that fails ends them.
pub(crate) async fn check(run: &mut Run, connection: &mut Connection, write: WriteCheck) {
    let session = match connection.identity() {
        Some(identity) => Session { login: identity.login.clone(), database: identity.database.clone() },
        None => Session { login: "<login>".to_owned(), database: "<database>".to_owned() },
    };
    check_clock(run, connection).await;
    check_snapshot_reads(run, connection, &session).await;
    if check_schema(run, connection, &session).await && check_permissions(run, connection, &session).await {
        check_write(run, connection, &session, write).await;
    }
}

async fn check_clock(run: &mut Run, connection: &mut Connection) {
    let started = Instant::now();
    let outcome = match query(run, connection, CLOCK, &[]).await {
        Ok(rows) => match rows.first().and_then(|row| row.try_get::<PrimitiveDateTime, _>(0).ok().flatten()) {
            Some(theirs) => clock::server_outcome(OffsetDateTime::from(SystemTime::now()) - theirs.assume_utc()),
            None => Outcome::skipped("the server's time could not be read"),
        },
        Err(error) => Outcome::skipped(format!("the server did not report its time: {error}")),
    };
    run.record(Link::ServerClock, "SYSUTCDATETIME()", started, outcome);
}

async fn check_snapshot_reads(run: &mut Run, connection: &mut Connection, session: &Session) {
    let started = Instant::now();
    let outcome = match query(run, connection, SNAPSHOT_READS, &[]).await {
        Ok(rows) => match rows.first().and_then(|row| row.try_get::<i32, _>(0).ok().flatten()) {
            Some(1) => Outcome::passed("readers see the last committed row and do not wait for writers"),
            Some(_) => Outcome::warning("readers wait for writers", vec![readers_wait(session)]),
            None => Outcome::not_applicable("the server does not report READ_COMMITTED_SNAPSHOT"),
        },
        Err(error) => Outcome::skipped(format!("the server did not report READ_COMMITTED_SNAPSHOT: {error}")),
    };
    run.record(Link::SnapshotReads, "READ_COMMITTED_SNAPSHOT in sys.databases", started, outcome);
}

fn readers_wait(session: &Session) -> Cause {
    let what =
        "READ_COMMITTED_SNAPSHOT is off: a transaction that stays open on one row makes every list of books wait";
    let action = "turn it on, while nobody uses the database";
    Cause::other(what).fix(Audience::SqlServer, action, turn_on_snapshot_reads(&session.database))
}

async fn check_schema(run: &mut Run, connection: &mut Connection, session: &Session) -> bool {
    let started = Instant::now();
    let result = query(run, connection, SCHEMA_PROBE, &[]).await;
    let is_readable = result.is_ok();
    // A login that may not read the table shows nothing about the schema.
    let link = if matches!(result, Err(Error::PermissionDenied(_))) { Link::Permissions } else { Link::Schema };
    let outcome = match result {
        Ok(_) => Outcome::passed("dbo.BookRows exists and can be read"),
        Err(error) => Outcome::failed(error.to_string(), vec![statement_cause(&error, session)]),
    };
    run.record(link, "the columns that this version reads", started, outcome);
    is_readable
}

async fn check_permissions(run: &mut Run, connection: &mut Connection, session: &Session) -> bool {
    let started = Instant::now();
    let missing: Vec<String> = match query(run, connection, PERMISSIONS, &[]).await {
        Ok(rows) => rows.first().map(missing_permissions).unwrap_or_default(),
        Err(error) => {
            let outcome = Outcome::skipped(format!("the server did not report the permissions: {error}"));
            run.record(Link::Permissions, "HAS_PERMS_BY_NAME", started, outcome);
            return true;
        }
    };
    let outcome = if missing.is_empty() {
        Outcome::passed("may read dbo.Books and dbo.BookRows, and read and write dbo.BookEntries")
    } else {
        let lacks = format!("{} lacks {}", session.login, missing.join(", "));
        let cause = Cause::known(22, format!("{lacks}: it is not in the role bookstore_app"));
        Outcome::failed(lacks, vec![cause.fix(Audience::SqlServer, "add it to the role", grant(session))])
    };
    run.record(Link::Permissions, "HAS_PERMS_BY_NAME", started, outcome);
    missing.is_empty()
}

fn missing_permissions(row: &Row) -> Vec<String> {
    let is_granted = |index| row.try_get::<i32, _>(index).ok().flatten() == Some(1);
    let columns = row.columns().iter().enumerate();
    columns.filter(|(index, _)| !is_granted(*index)).map(|(_, column)| column.name().to_owned()).collect()
}

async fn check_write(run: &mut Run, connection: &mut Connection, session: &Session, write: WriteCheck) {
    let started = Instant::now();
    let request_id = Uuid::new_v4();
    let (statements, tried) = match write {
        WriteCheck::NoRow => (WRITE_NO_ROW, "INSERT, UPDATE, DELETE of no row, then ROLLBACK"),
        WriteCheck::RolledBackRow => (WRITE, "INSERT, UPDATE, DELETE of a row, then ROLLBACK"),
    };
    let outcome = match query(run, connection, statements, &[&request_id]).await {
        Ok(_) if write == WriteCheck::NoRow => Outcome::passed(
            "the statements are accepted; none wrote a row, so triggers and the creator are shown by --write only",
        ),
        Ok(rows) => match rows.first().and_then(|row| row.try_get::<&str, _>(0).ok().flatten()) {
            Some(creator) => Outcome::passed(format!(
                "a row was inserted as {creator}, updated, deleted and rolled back; its IDENTITY value is used up"
            )),
            None => {
                let what = "a trigger or a policy of the database removes rows of this login";
                let cause = Cause::other(what).fix(
                    Audience::SqlServer,
                    "check triggers and security policies on dbo.BookEntries",
                    "SELECT name, type_desc FROM sys.triggers; SELECT name FROM sys.security_policies",
                );
                Outcome::failed("an inserted row was not there", vec![cause])
            }
        },
        Err(error) => Outcome::failed(error.to_string(), vec![statement_cause(&error, session)]),
    };
    run.record(Link::Write, tried, started, outcome);
}

/// Returns the rows of the first result set.
async fn query(run: &Run, connection: &mut Connection, sql: &str, params: &[&dyn ToSql]) -> Result<Vec<Row>, Error> {
    let limit = run.at_most(TIME_LIMIT);
    match timeout(limit, connection.query(sql, params)).await {
        Ok(Ok(result_sets)) => Ok(result_sets.into_iter().next().unwrap_or_default()),
        Ok(Err(error)) => Err(error.into_error()),
        Err(_) => Err(Error::TimedOut(limit)),
    }
}

fn statement_cause(error: &Error, session: &Session) -> Cause {
    let Session { login, database } = session;
    match error {
        Error::SchemaMissing(_) if database.eq_ignore_ascii_case("master") => {
            let what = "the login was put into master, because the connection string names no database";
            Cause::known(23, what).fix(Audience::Application, "name the database", "Database=Bookstore")
        }
        Error::SchemaMissing(_) => Cause::known(
            23,
            format!("the database {database} has no schema of this version yet"),
        )
        .fix(Audience::Application, "migrate it, with a login that may create tables", "bookstore migrate"),
        Error::PermissionDenied(error) => {
            let what = format!("{login} lacks a permission: {}", error.message);
            Cause::known(22, what).fix(Audience::SqlServer, "add it to the shop's role", grant(session))
        }
        Error::Server(error) if error.number == READ_ONLY => {
            Cause::other(format!("the database {database} is read-only: a secondary replica, or set to read-only"))
                .fix(Audience::Application, "connect to the primary replica", "ApplicationIntent=ReadWrite")
                .fix(Audience::SqlServer, "or make it writable", format!("ALTER DATABASE [{database}] SET READ_WRITE"))
        }
        Error::StorageFull { number, .. } => storage_cause(*number, database),
        Error::TimedOut(_) | Error::Locked(_) => {
            Cause::other("another session holds a lock, or the server is overloaded").fix(
                Audience::SqlServer,
                "find the blocking session",
                "SELECT session_id, blocking_session_id, wait_type FROM sys.dm_exec_requests WHERE blocking_session_id \
             <> 0",
            )
        }
        _ => Cause::other("SQL Server's error is none of the known failures; look it up by its number"),
    }
}

/// The transaction log is full, for a reason that `sys.databases` names.
/// <https://learn.microsoft.com/sql/relational-databases/errors-events/mssqlserver-9002-database-engine-error>
const LOG_FULL: u32 = 9002;

fn storage_cause(number: Option<u32>, database: &str) -> Cause {
    let number_text = number.map_or_else(String::new, |number| format!(" (error {number})"));
    if number == Some(LOG_FULL) {
        return Cause::other(format!("the transaction log of the database {database} is full{number_text}")).fix(
            Audience::SqlServer,
            "end what keeps it full, back it up, or let it grow; this names the reason",
            format!("SELECT log_reuse_wait_desc FROM sys.databases WHERE name = '{database}'"),
        );
    }
    Cause::other(format!("the database {database} has no space left{number_text}")).fix(
        Audience::SqlServer,
        "free some space, or let its files grow; this names each file with its size and limit, in pages of 8 KB",
        "SELECT name, size, max_size, growth FROM sys.database_files",
    )
}

fn grant(Session { login, database }: &Session) -> String {
    format!(
        "bookstore migrate --grant '{login}'\n-- or: USE [{database}]; ALTER ROLE bookstore_app ADD MEMBER [{login}]"
    )
}
