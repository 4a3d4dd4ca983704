//! `/books.csv`: all books of a filter, as a CSV file (RFC 4180) of any length.
//!
//! It is read and sent piece by piece, in the order of ids: neither the shop nor the database holds all of it.
//! It starts after the lowest id of the column, which no book has.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bookstore_db::book::{Book, BookId, Field};
use bookstore_db::error::Error;
use bookstore_db::search::BookFilter;
use bookstore_db::store::Store;
use csv::Writer;
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;

use super::query::ListQuery;
use crate::http::current_request::CurrentRequest;
use crate::http::error::HandlerError;
use crate::state::AppState;
use crate::traces::TraceContext;
use crate::view::formats::rfc3339_millis;

/// Books per read.
const PIECE: u32 = 1000;

/// Sends the file. The first piece is read before the head of the response, so an unavailable database is 503. An error
/// after that is logged and breaks off the response, which clients report as a failed download.
pub(crate) async fn csv(
    State(state): State<Arc<AppState>>,
    RawQuery(query): RawQuery,
) -> Result<Response, HandlerError> {
    let slot = Arc::clone(&state.export_slots).try_acquire_owned().map_err(|_| HandlerError::BUSY)?;
    let filter = ListQuery::parse(&query.unwrap_or_default()).filter;
    let export = Export { store: state.store(), filter, after: None, _slot: slot };
    let (first, export) = export.read(BookId(i32::MIN), true).await?;
    // The body is sent after the request's log line, outside of the request's scope and span.
    let (request, trace) = (CurrentRequest::get(), TraceContext::current());
    let rest = stream::try_unfold(export, move |export| {
        let read = async move {
            let Some(after) = export.after else { return Ok(None) };
            export.read(after, false).await.map(Some).map_err(|error| {
                tracing::error!(cause = %error, "export broken off");
                io::Error::other(error.to_string())
            })
        };
        CurrentRequest::run(request.clone(), trace.clone().run(read))
    });
    let body = futures_util::StreamExt::chain(stream::iter([Ok::<_, io::Error>(first)]), rest);
    let headers =
        [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"books.csv\"")];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// A running export.
struct Export {
    store: Arc<Store>,
    filter: BookFilter,
    /// The last id that was read; none after the last piece.
    after: Option<BookId>,
    /// Held until the last piece is sent.
    _slot: OwnedSemaphorePermit,
}

impl Export {
    /// Reads the piece after this id; the first one begins with the header.
    ///
    /// # Errors
    /// Those of [`Store::export`], and if another program wrote ids that are too high: the piece after them cannot be
    /// named.
    async fn read(mut self, after: BookId, is_first: bool) -> Result<(Bytes, Self), Error> {
        let books = self.store.export(&self.filter, after, PIECE).await?;
        if books.first().is_some_and(|book| book.id <= after) {
            return Err(Error::Database(format!("the books after the id {after} have ids that are out of range")));
        }
        let is_last = books.len() < PIECE as usize;
        self.after = books.last().map(|book| book.id).filter(|_| !is_last);
        let failed = |error: io::Error| Error::Database(error.to_string());
        Ok((write(&books, is_first).map_err(failed)?.into(), self))
    }
}

/// Marks the file as UTF-8 for spreadsheets.
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

fn write(books: &[Book], with_header: bool) -> io::Result<Vec<u8>> {
    let start = if with_header { BYTE_ORDER_MARK.to_vec() } else { Vec::new() };
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(start);
    if with_header {
        let fields = Field::ALL.map(|field| field.to_string());
        let head = std::iter::once("Id").chain(fields.iter().map(String::as_str));
        writer.write_record(head.chain(["CreatedBy", "CreatedOn", "Version"]))?;
    }
    for book in books {
        write_book(&mut writer, book)?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

fn write_book(writer: &mut Writer<Vec<u8>>, book: &Book) -> io::Result<()> {
    let fields = Field::ALL.map(|field| match field {
        Field::AvgCustomerReviews | Field::Price => book.value(field).to_string(),
        _ => harmless(book.value(field).to_string()),
    });
    let numbers = [book.id.to_string(), book.version.to_string()];
    let created = [harmless(book.created_by.clone()), book.created_on.map(rfc3339_millis).unwrap_or_default()];
    let texts = fields.iter().chain(&created).map(String::as_str);
    Ok(writer.write_record([&*numbers[0]].into_iter().chain(texts).chain([&*numbers[1]]))?)
}

/// A text that no spreadsheet takes for a formula: a visitor can write `=HYPERLINK(…)` into a title. OWASP, "CSV
/// Injection": an apostrophe before the characters that begin a formula.
fn harmless(text: String) -> String {
    const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
    if text.trim_start().starts_with(FORMULA) || text.starts_with(['\t', '\r']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_begins_a_formula_gets_an_apostrophe() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "＝1"] {
            assert_eq!(harmless(formula.to_owned()), format!("'{formula}"));
        }
        for text in ["Emma", "1984", "a=b", "D\\web$", "Catch-22"] {
            assert_eq!(harmless(text.to_owned()), text);
        }
    }
}
