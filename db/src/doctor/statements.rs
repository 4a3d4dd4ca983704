//! What the login may do in the database: the server's clock, the tables, the permissions, a write that is undone.

use std::time::{Duration, Instant, SystemTime};

use tiberius::{Row, ToSql};
use time::{OffsetDateTime, PrimitiveDateTime};
use tokio::time::timeout;
use uuid::Uuid;

use super::report::Link;
use super::rules::clock::server_clock;
use super::rules::objects;
use super::run::{Answer, Run};
use crate::error::Error;
use crate::sql_server::Connection;

const PATIENCE: Duration = Duration::from_secs(3);
const CLOCK: &str = include_str!("../../sql/doctor/clock.sql");
const PERMISSIONS: &str = include_str!("../../sql/doctor/permissions.sql");
const WRITE: &str = include_str!("../../sql/doctor/write.sql");
const SCHEMA: &str = include_str!("../../sql/queries/ping.sql");

/// Who asks, for the fixes.
struct Who {
    login: String,
    database: String,
}

/// All of them. A step that fails ends it.
pub(super) async fn check(run: &mut Run, connection: &mut Connection) {
    let identity = connection.identity();
    let text =
        |get: fn(&crate::identity::Identity) -> &String| identity.as_deref().map(get).cloned().unwrap_or_default();
    let who = Who { login: text(|identity| &identity.login), database: text(|identity| &identity.database) };
    clock(run, connection).await;
    if !schema(run, connection, &who).await {
        return run.skip_all(&[Link::Permissions, Link::Write], Link::Schema);
    }
    if !permissions(run, connection, &who).await {
        return run.skip_all(&[Link::Write], Link::Permissions);
    }
    write(run, connection, &who).await;
}

async fn clock(run: &mut Run, connection: &mut Connection) {
    let began = Instant::now();
    let answer = match ask(run, connection, CLOCK, &[]).await {
        Ok(rows) => match rows.first().and_then(|row| row.try_get::<PrimitiveDateTime, _>(0).ok().flatten()) {
            Some(theirs) => server_clock(OffsetDateTime::from(SystemTime::now()) - theirs.assume_utc()),
            None => Answer::not_possible("the server's time could not be read"),
        },
        Err(error) => Answer::not_possible(error.to_string()),
    };
    run.note(Link::ServerClock, "SYSUTCDATETIME()", began, answer);
}

async fn schema(run: &mut Run, connection: &mut Connection, who: &Who) -> bool {
    let began = Instant::now();
    let asked = ask(run, connection, SCHEMA, &[]).await;
    let ok = asked.is_ok();
    let answer = match asked {
        Ok(_) => Answer::pass("dbo.Books is there and can be read"),
        Err(error) => Answer::fail(error.to_string(), objects::statement(&error, &who.login, &who.database)),
    };
    let refused = answer.causes.first().is_some_and(|cause| cause.row == Some(22));
    run.note(
        if refused { Link::Permissions } else { Link::Schema },
        "the columns that this version reads",
        began,
        answer,
    );
    ok
}

async fn permissions(run: &mut Run, connection: &mut Connection, who: &Who) -> bool {
    let began = Instant::now();
    let missing: Vec<String> = match ask(run, connection, PERMISSIONS, &[]).await {
        Ok(rows) => rows.first().map(missing).unwrap_or_default(),
        Err(error) => {
            let answer = Answer::not_possible(format!("the server did not say: {error}"));
            run.note(Link::Permissions, "HAS_PERMS_BY_NAME", began, answer);
            return true;
        }
    };
    let answer = if missing.is_empty() {
        Answer::pass("reads dbo.Books; reads and writes dbo.BookEntries")
    } else {
        let seen = format!("{} lacks {}", who.login, missing.join(", "));
        Answer::fail(seen, objects::permissions(&missing, &who.login, &who.database))
    };
    run.note(Link::Permissions, "HAS_PERMS_BY_NAME", began, answer);
    missing.is_empty()
}

fn missing(row: &Row) -> Vec<String> {
    let has = |index| row.try_get::<i32, _>(index).ok().flatten() == Some(1);
    let columns = row.columns().iter().enumerate();
    columns.filter(|(index, _)| !has(*index)).map(|(_, column)| column.name().to_owned()).collect()
}

async fn write(run: &mut Run, connection: &mut Connection, who: &Who) {
    let began = Instant::now();
    let request = Uuid::new_v4();
    let answer = match ask(run, connection, WRITE, &[&request]).await {
        Ok(rows) => match rows.first().and_then(|row| row.try_get::<&str, _>(0).ok().flatten()) {
            Some(creator) => Answer::pass(format!("a row was made by {creator}, changed, removed and rolled back")),
            None => Answer::fail("a row that was written was not there", Vec::new()),
        },
        Err(error) => Answer::fail(error.to_string(), objects::statement(&error, &who.login, &who.database)),
    };
    run.note(Link::Write, "INSERT, UPDATE, DELETE in a transaction, then ROLLBACK", began, answer);
}

/// The first rowset.
async fn ask(run: &Run, connection: &mut Connection, sql: &str, params: &[&dyn ToSql]) -> Result<Vec<Row>, Error> {
    let patience = run.at_most(PATIENCE);
    match timeout(patience, connection.query(sql, params)).await {
        Ok(Ok(rowsets)) => Ok(rowsets.into_iter().next().unwrap_or_default()),
        Ok(Err(failure)) => Err(failure.meaning()),
        Err(_) => Err(Error::TimedOut(patience)),
    }
}
