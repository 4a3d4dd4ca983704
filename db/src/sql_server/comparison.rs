//! Logins side by side, and whether anything has changed.

use tiberius::Row;
use time::PrimitiveDateTime;

use super::errors::meaning;
use super::rows;
use super::store::{SqlServerStore, Statement, map, no_row, rowsets, statement};
use crate::comparison::{Changes, Comparison, ComparisonRequest, Counted};
use crate::error::Error;

impl SqlServerStore {
    pub(crate) async fn compare(&self, request: &ComparisonRequest) -> Result<Comparison, Error> {
        let seconds = request.look_back_seconds();
        let [parts, columns, newest] = [request.parts.max(1), request.columns, request.newest].map(i64::from);
        let answer = self.run(&statement!("compare"), None, &[&seconds, &parts, &columns, &newest]).await?;
        let [line, counted, newest] = rowsets(answer)?;
        let line = line.first().ok_or_else(|| no_row("the time line"))?;
        let logins = rows::required(line, "Logins").map_err(meaning)?;
        let (counted, newest) = (map(&counted, self::counted)?, map(&newest, rows::book)?);
        Ok(Comparison::assemble(request, between(line).map_err(meaning)?, logins, &counted, newest))
    }

    pub(crate) async fn changes(&self) -> Result<Changes, Error> {
        let [rowset] = rowsets(self.run_once(&statement!("changes"), &[]).await?)?;
        let changes = map(&rowset, self::changes)?.pop();
        changes.ok_or_else(|| no_row("whether anything has changed"))
    }
}

/// NULL without a row.
fn between(row: &Row) -> tiberius::Result<Option<(PrimitiveDateTime, PrimitiveDateTime)>> {
    Ok(row.try_get("FromOn")?.zip(row.try_get("UntilOn")?))
}

fn counted(row: &Row) -> tiberius::Result<Counted> {
    Ok(Counted { place: rows::required(row, "Place")?, part: rows::required(row, "Part")?, count: rows::creator(row)? })
}

fn changes(row: &Row) -> tiberius::Result<Changes> {
    Ok(Changes {
        books: rows::required(row, "Books")?,
        last_id: rows::required(row, "LastId")?,
        versions: rows::required(row, "Versions")?,
    })
}
