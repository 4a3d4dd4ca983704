//! Reads the rows of a reply one by one, within the limits of a reply. The driver's own collection has none.

use futures_util::TryStreamExt;
use tiberius::{ColumnData, QueryItem, QueryStream, Row};

use super::errors::StatementError;
use super::reply_limit::{MAX_VALUE, MAX_VALUES, ReplyLimit};

/// Reads all rowsets of a reply.
pub(super) async fn read_rowsets(mut reply: QueryStream<'_>) -> Result<Vec<Vec<Row>>, StatementError> {
    let mut rowsets: Vec<Vec<Row>> = Vec::new();
    let mut values = 0;
    while let Some(item) = reply.try_next().await? {
        match item {
            QueryItem::Metadata(metadata) => {
                values += metadata.columns().len().max(1);
                rowsets.push(Vec::new());
            }
            QueryItem::Row(row) => {
                values += row.len().max(1);
                if row.cells().any(|(_, value)| length(value) > MAX_VALUE) {
                    return Err(StatementError::TooLarge(ReplyLimit::ValueLength));
                }
                // The driver returns the description of the columns before the first row.
                if let Some(rowset) = rowsets.last_mut() {
                    rowset.push(row);
                }
            }
        }
        if values > MAX_VALUES {
            return Err(StatementError::TooLarge(ReplyLimit::Values));
        }
    }
    Ok(rowsets)
}

fn length(value: &ColumnData<'_>) -> usize {
    match value {
        ColumnData::String(Some(text)) => text.len(),
        ColumnData::Binary(Some(bytes)) => bytes.len(),
        _ => 0,
    }
}
