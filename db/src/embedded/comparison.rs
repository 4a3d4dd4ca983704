//! Logins side by side, and whether anything has changed.

use rusqlite::{Connection, named_params};

use super::rows;
use super::store::{EmbeddedStore, statement};
use crate::book::Book;
use crate::comparison::{Changes, Comparison, ComparisonRequest, Counted};
use crate::error::Error;

impl EmbeddedStore {
    pub(crate) async fn compare(&self, request: ComparisonRequest) -> Result<Comparison, Error> {
        self.read("compare", move |connection| {
            // One snapshot, so that columns and newest rows belong together.
            let snapshot = connection.transaction()?;
            let (between, logins) = between(&snapshot, request.look_back_seconds())?;
            let Some((from, until)) = between else { return Ok(Comparison::default()) };
            let counted = counted(&snapshot, &request, &from, &until)?;
            let mut newest = Vec::new();
            let mut seen = 0;
            for Counted { place, count, .. } in &counted {
                // Sorted by place, so each comes as often as it has parts, one after the other.
                if *place > seen {
                    seen = *place;
                    newest.extend(newest_of(&snapshot, &count.created_by, request.newest)?);
                }
            }
            let between = Some((rows::parse_moment(&from)?, rows::parse_moment(&until)?));
            Ok(Comparison::assemble(&request, between, logins, &counted, newest))
        })
        .await
    }

    pub(crate) async fn changes(&self) -> Result<Changes, Error> {
        self.read("changes", |connection| {
            connection.prepare_cached(statement!("changes"))?.query_row([], |row| {
                Ok(Changes { books: row.get("Books")?, last_id: row.get("LastId")?, versions: row.get("Versions")? })
            })
        })
        .await
    }
}

/// The two ends as the file has them, and how many logins there are; no ends without a row.
fn between(connection: &Connection, seconds: i32) -> rusqlite::Result<(Option<(String, String)>, i64)> {
    let mut statement = connection.prepare_cached(statement!("compare_between"))?;
    statement.query_row(named_params! {":seconds": seconds}, |row| {
        let (from, until): (Option<_>, Option<_>) = (row.get("FromOn")?, row.get("UntilOn")?);
        Ok((from.zip(until), row.get("Logins")?))
    })
}

fn counted(
    connection: &Connection,
    request: &ComparisonRequest,
    from: &str,
    until: &str,
) -> rusqlite::Result<Vec<Counted>> {
    let mut statement = connection.prepare_cached(statement!("compare_counts"))?;
    let bound =
        named_params! {":from": from, ":until": until, ":parts": request.parts.max(1), ":columns": request.columns};
    let rows = statement.query_map(bound, |row| {
        Ok(Counted { place: row.get("Place")?, part: row.get("Part")?, count: rows::creator(row)? })
    })?;
    rows.collect()
}

fn newest_of(connection: &Connection, creator: &str, newest: u16) -> rusqlite::Result<Vec<Book>> {
    let mut statement = connection.prepare_cached(statement!("compare_newest"))?;
    statement.query_map(named_params! {":creator": creator, ":newest": newest}, rows::book)?.collect()
}
