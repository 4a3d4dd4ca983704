//! The statements of the comparison and of the change marker.

use rusqlite::{Connection, named_params};

use super::rows;
use super::store::{EmbeddedStore, statement};
use crate::book::Book;
use crate::comparison::{BucketCount, ChangeMarker, Comparison, ComparisonRequest};
use crate::error::Error;

impl EmbeddedStore {
    pub(crate) async fn compare(&self, request: ComparisonRequest) -> Result<Comparison, Error> {
        self.read("compare", move |connection| {
            // One snapshot, so that the counts and the newest rows belong together.
            let snapshot = connection.transaction()?;
            let (between, creators) = between(&snapshot, request.look_back_seconds())?;
            let Some((from, until)) = between else { return Ok(Comparison::default()) };
            let counts = bucket_counts(&snapshot, &request, &from, &until)?;
            let mut newest = Vec::new();
            let mut last_rank = 0;
            for BucketCount { rank, count, .. } in &counts {
                // The counts are sorted by rank, one row per bucket: only the first row of a rank counts.
                if *rank > last_rank {
                    last_rank = *rank;
                    newest.extend(newest_of(&snapshot, &count.created_by, request.newest)?);
                }
            }
            let between = rows::parse_timestamp(&from).zip(rows::parse_timestamp(&until));
            Ok(Comparison::assemble(&request, between, creators, &counts, newest))
        })
        .await
    }

    pub(crate) async fn change_marker(&self) -> Result<ChangeMarker, Error> {
        self.read("changes", |connection| {
            connection.prepare_cached(statement!("changes"))?.query_row([], |row| {
                Ok(ChangeMarker {
                    books: row.get("Books")?,
                    last_id: row.get("LastId")?,
                    versions: row.get("Versions")?,
                })
            })
        })
        .await
    }
}

/// Start and end of the time line as stored in the file, `None` if there are no rows; and the number of creators.
fn between(connection: &Connection, seconds: i32) -> rusqlite::Result<(Option<(String, String)>, i64)> {
    let mut statement = connection.prepare_cached(statement!("compare_between"))?;
    statement.query_row(named_params! {":seconds": seconds}, |row| {
        let (from, until): (Option<_>, Option<_>) = (row.get("FromOn")?, row.get("UntilOn")?);
        Ok((from.zip(until), row.get("Creators")?))
    })
}

fn bucket_counts(
    connection: &Connection,
    request: &ComparisonRequest,
    from: &str,
    until: &str,
) -> rusqlite::Result<Vec<BucketCount>> {
    let mut statement = connection.prepare_cached(statement!("compare_counts"))?;
    let params = named_params! {
        ":from": from, ":until": until, ":buckets": request.buckets.max(1), ":creators": request.creators
    };
    let rows = statement.query_map(params, |row| {
        Ok(BucketCount { rank: row.get("CreatorRank")?, bucket: row.get("Bucket")?, count: rows::creator(row)? })
    })?;
    rows.collect()
}

fn newest_of(connection: &Connection, creator: &str, newest: u16) -> rusqlite::Result<Vec<Book>> {
    let mut statement = connection.prepare_cached(statement!("compare_newest"))?;
    statement.query_map(named_params! {":creator": creator, ":newest": newest}, rows::book)?.collect()
}
