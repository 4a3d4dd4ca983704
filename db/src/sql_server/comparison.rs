//! The statements of the comparison and of the change marker.

use time::OffsetDateTime;

use super::errors::driver_error;
use super::rows::{self, ServerRow};
use super::statements::{SqlServerStore, Statement, missing_row, rowsets, statement};
use crate::book::BookRow;
use crate::comparison::{BucketCount, ChangeMarker, Comparison, ComparisonRequest};
use crate::error::Error;

impl SqlServerStore {
    pub(crate) async fn compare(&self, request: &ComparisonRequest) -> Result<Comparison, Error> {
        let seconds = request.look_back_seconds();
        let [buckets, creators, newest] = [request.buckets.max(1), request.creators, request.newest].map(i64::from);
        let reply = self.run(&statement!("compare"), &[&seconds, &buckets, &creators, &newest]).await?;
        let [time_line, counts, newest] = rowsets(reply)?;
        let time_line = time_line.first().ok_or_else(|| missing_row("the time line"))?;
        let creators = rows::required(time_line.row, "Creators").map_err(driver_error)?;
        let (counts, newest) = (counts.read_all(bucket_count)?, newest.read_all(rows::book)?);
        Ok(Comparison::assemble(request, between(time_line).map_err(driver_error)?, creators, &counts, newest))
    }

    pub(crate) async fn change_marker(&self) -> Result<ChangeMarker, Error> {
        let [rowset] = rowsets(self.run_once(&statement!("changes"), &[]).await?)?;
        let marker = rowset.read_all(change_marker)?.pop().ok_or_else(|| missing_row("a change marker"))?;
        self.counts.compare(marker);
        Ok(marker)
    }
}

/// Start and end of the time line; NULL if no row has a time.
fn between(row: ServerRow<'_>) -> tiberius::Result<Option<(OffsetDateTime, OffsetDateTime)>> {
    Ok(row.timestamp("FromOn")?.zip(row.timestamp("UntilOn")?))
}

fn bucket_count(row: ServerRow<'_>) -> tiberius::Result<BucketCount> {
    Ok(BucketCount {
        rank: rows::required(row.row, "CreatorRank")?,
        bucket: rows::required(row.row, "Bucket")?,
        count: rows::creator(row)?,
    })
}

fn change_marker(ServerRow { row, .. }: ServerRow<'_>) -> tiberius::Result<ChangeMarker> {
    Ok(ChangeMarker {
        books: rows::required(row, "Books")?,
        last_id: rows::required(row, "LastId")?,
        versions: rows::required(row, "Versions")?,
    })
}
