//! The statements of the SQL Server engine. Each is one round trip.

use std::sync::Arc;

use tiberius::numeric::Numeric;
use tiberius::{Row, ToSql};

use super::config::authentication;
use super::errors::meaning;
use super::pool::Pool;
use super::retry::{Attempts, Policy};
use super::rows;
use crate::book::{Book, BookId, RequestId};
use crate::connection_string::SqlServerSettings;
use crate::draft::BookDraft;
use crate::error::Error;
use crate::identity::{Identity, LoginState};
use crate::list::{BookPage, CreatorCount, ListRequest};
use crate::login_policy::LoginPolicy;
use crate::metrics;
use crate::store::PoolState;

/// A deadlock victim is sent again even where the connection string says not to reconnect.
const LEAST_RETRIES: u32 = 3;

/// A statement of `sql/queries` and its name in the metrics.
pub(super) struct Statement {
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
}

macro_rules! statement {
    ($name:literal) => {
        Statement { name: $name, sql: include_str!(concat!("../../sql/queries/", $name, ".sql")) }
    };
}

pub(super) use statement;

/// Books on SQL Server.
#[derive(Clone, Debug)]
pub(crate) struct SqlServerStore {
    pool: Pool,
    policy: Policy,
}

/// What a statement answered.
pub(super) struct Answer {
    rowsets: Vec<Vec<Row>>,
    /// Whether an earlier attempt may have done the work already.
    unanswered: bool,
}

impl SqlServerStore {
    /// Connects when it is first asked something. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`Error::LoginModeMissing`].
    pub(crate) fn open(settings: SqlServerSettings, logins: LoginPolicy) -> Result<Self, Error> {
        authentication(&settings.login)?;
        let policy = Policy {
            retries: settings.connect_retry_count.max(LEAST_RETRIES),
            longest_pause: settings.connect_retry_interval,
        };
        Ok(Self { pool: Pool::new(settings, logins), policy })
    }

    pub(crate) fn identity(&self) -> Option<Arc<Identity>> {
        self.pool.standing().identity()
    }

    pub(crate) fn login_state(&self) -> LoginState {
        self.pool.standing().state()
    }

    pub(crate) fn pool(&self) -> PoolState {
        self.pool.state()
    }

    pub(crate) async fn ping(&self) -> Result<(), Error> {
        self.run_once(&statement!("ping"), &[]).await.map(drop)
    }

    pub(crate) async fn warm(&self, connections: u32) {
        self.pool.warm(connections).await;
    }

    pub(crate) async fn list(&self, request: &ListRequest) -> Result<BookPage, Error> {
        let (skip, take) = (request.offset(), i64::from(request.page_size));
        if request.search.is_empty() && request.creator.is_empty() {
            let answer = self.run(&statement!("list"), Some(request), &[&skip, &take]).await?;
            let [books, creators] = rowsets(answer)?;
            let creators = map(&creators, rows::creator)?;
            let total = creators.iter().map(|creator| creator.books).sum();
            return Ok(BookPage { books: map(&books, rows::book)?, total, creators });
        }
        let (pattern, creator) = (like_pattern(&request.search), request.creator.as_str());
        let params: &[&dyn ToSql] = &[&skip, &take, &pattern, &creator];
        let answer = self.run(&statement!("search"), Some(request), params).await?;
        let [total, books, creators] = rowsets(answer)?;
        let total = total.first().ok_or_else(|| no_row("a total"))?;
        Ok(BookPage {
            books: map(&books, rows::book)?,
            total: rows::required(total, "Total").map_err(meaning)?,
            creators: map(&creators, rows::creator)?,
        })
    }

    pub(crate) async fn creators(&self) -> Result<Vec<CreatorCount>, Error> {
        let [creators] = rowsets(self.run(&statement!("creators"), None, &[]).await?)?;
        map(&creators, rows::creator)
    }

    pub(crate) async fn get(&self, id: BookId) -> Result<Book, Error> {
        let [books] = rowsets(self.run(&statement!("get"), None, &[&id.0]).await?)?;
        map(&books, rows::book)?.pop().ok_or(Error::NotFound(id))
    }

    pub(crate) async fn create(&self, draft: &BookDraft, request_id: RequestId) -> Result<Book, Error> {
        let price = numeric(draft);
        let mut params = draft_params(draft, &price);
        params.push(&request_id.0);
        let answer = self.run(&statement!("create"), None, &params).await?;
        let (changed, book) = written(answer)?.ok_or_else(|| no_row("the new book"))?;
        if changed || book.matches(draft) { Ok(book) } else { Err(Error::DuplicateRequest(Box::new(book))) }
    }

    pub(crate) async fn edit(&self, id: BookId, draft: &BookDraft, version: i32) -> Result<Book, Error> {
        let price = numeric(draft);
        let mut params = draft_params(draft, &price);
        params.extend([&id.0 as &dyn ToSql, &version]);
        let answer = self.run(&statement!("edit"), None, &params).await?;
        let (changed, book) = written(answer)?.ok_or(Error::NotFound(id))?;
        if changed || book.is_result_of(draft, version) { Ok(book) } else { Err(Error::Conflict(Box::new(book))) }
    }

    pub(crate) async fn delete(&self, id: BookId, version: i32) -> Result<(), Error> {
        let answer = self.run(&statement!("delete"), None, &[&id.0, &version]).await?;
        let unanswered = answer.unanswered;
        let [rowset] = rowsets(answer)?;
        let row = rowset.first().ok_or_else(|| no_row("the count of deleted books"))?;
        if rows::changed(row).map_err(meaning)? {
            return Ok(());
        }
        match row.try_get::<i32, _>("Id").map_err(meaning)? {
            None if unanswered => Ok(()),
            None => Err(Error::NotFound(id)),
            Some(_) => Err(Error::Conflict(Box::new(rows::book(row).map_err(meaning)?))),
        }
    }

    /// Without retries.
    pub(super) async fn run_once(&self, statement: &Statement, params: &[&dyn ToSql]) -> Result<Answer, Error> {
        self.run_by(Policy { retries: 0, ..self.policy }, statement, None, params).await
    }

    pub(super) async fn run(
        &self,
        statement: &Statement,
        list: Option<&ListRequest>,
        params: &[&dyn ToSql],
    ) -> Result<Answer, Error> {
        self.run_by(self.policy, statement, list, params).await
    }

    async fn run_by(
        &self,
        policy: Policy,
        statement: &Statement,
        list: Option<&ListRequest>,
        params: &[&dyn ToSql],
    ) -> Result<Answer, Error> {
        // Boxed, since it is large, and each of the layers above would move it.
        let answer = Box::pin(self.attempt(policy, statement, list, params)).await;
        match &answer {
            Ok(_) => self.pool.standing().answered(),
            Err(error) => self.pool.standing().failed(error),
        }
        answer
    }

    async fn attempt(
        &self,
        policy: Policy,
        statement: &Statement,
        list: Option<&ListRequest>,
        params: &[&dyn ToSql],
    ) -> Result<Answer, Error> {
        let sorted = list.map(|list| list.sort.apply(statement.sql));
        let sql = sorted.as_deref().unwrap_or(statement.sql);
        let mut attempts = Attempts::new(policy, statement.name);
        loop {
            let mut connection = match self.pool.get().await {
                Err(Error::Unavailable(_)) if attempts.reconnect().await => continue,
                got => got?,
            };
            metrics::query(statement.name);
            match connection.query(sql, params).await {
                Ok(rowsets) => return Ok(Answer { rowsets, unanswered: attempts.unanswered }),
                Err(failure) => {
                    if failure.lost_connection() {
                        self.pool.distrust(&connection);
                    }
                    drop(connection);
                    if !attempts.another(&failure).await {
                        return Err(failure.meaning());
                    }
                }
            }
        }
    }
}

/// The rowsets that have columns, of which the statement has just so many.
pub(super) fn rowsets<const N: usize>(answer: Answer) -> Result<[Vec<Row>; N], Error> {
    let got = answer.rowsets.len();
    answer.rowsets.try_into().map_err(|_| Error::Database(format!("the server answered {got} rowsets, not {N}")))
}

fn written(answer: Answer) -> Result<Option<(bool, Book)>, Error> {
    let [rowset] = rowsets(answer)?;
    let Some(row) = rowset.first() else { return Ok(None) };
    let written = rows::changed(row).and_then(|changed| Ok((changed, rows::book(row)?)));
    written.map(Some).map_err(meaning)
}

pub(super) fn map<T>(rows: &[Row], read: fn(&Row) -> tiberius::Result<T>) -> Result<Vec<T>, Error> {
    rows.iter().map(read).collect::<tiberius::Result<_>>().map_err(meaning)
}

pub(super) fn no_row(what: &str) -> Error {
    Error::Database(format!("the server did not answer with {what}"))
}

/// `@P1` to `@P7` of the statements that write.
fn draft_params<'a>(draft: &'a BookDraft, price: &'a Numeric) -> Vec<&'a dyn ToSql> {
    vec![
        &draft.title,
        &draft.author_first_name,
        &draft.author_last_name,
        &draft.avg_customer_reviews,
        price,
        &draft.book_language,
        &draft.publisher,
    ]
}

fn numeric(draft: &BookDraft) -> Numeric {
    Numeric::new_with_scale(i128::from(draft.price.cents()), 2)
}

/// A `LIKE` pattern that finds the text anywhere, its own wildcards taken literally; empty for all.
fn like_pattern(search: &str) -> String {
    if search.is_empty() {
        return String::new();
    }
    let mut pattern = String::with_capacity(search.len() + 2);
    pattern.push('%');
    for letter in search.chars() {
        if matches!(letter, '%' | '_' | '[' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
