//! Runs translated statements on SQLite: queries, writes and DDL.

use super::steps::assign;
use super::translated::{Rows, Translated, bind};
use super::{Engine, LOCK_WAIT, Reply};
use crate::error::SqlError;
use crate::tsql::context::{Variable, Variables};
use crate::tsql::translate::{Relation, Translator, last_part};
use rusqlite::Statement as Prepared;
use rusqlite::types::{Value, ValueRef};
use sqlparser::ast::{ObjectType, Query, SelectItem, SetExpr, Statement};

/// A statement that writes rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Insert,
    Update,
    Delete,
}

impl Verb {
    /// Completes the error that ended such a statement: the words that name the statement, and info 3621.
    fn ended_by(self, error: SqlError) -> SqlError {
        let verb = match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        };
        let message = match error.number {
            515 => format!("{} {verb} fails.", error.message),
            547 => error.message.replacen("The statement", &format!("The {verb} statement"), 1),
            _ => error.message.clone(),
        };
        SqlError { message, ended_write: error.ends_statement_only(), ..error }
    }
}

impl Engine {
    pub(super) fn statement(
        &mut self,
        statement: &Statement,
        variables: &mut Variables,
        reply: &mut Reply,
    ) -> Result<(), SqlError> {
        match statement {
            Statement::Query(query) => match assignments(query)? {
                Some((targets, query)) => self.select_into_variables(&targets, &query, variables),
                None => {
                    let relation = self.translator(variables).ordered_query(query)?;
                    self.answer(&relation, variables, reply)
                }
            },
            Statement::Insert(insert) => {
                let (relation, identity) = self.translator(variables).insert(insert)?;
                let written = self.write(&relation, Verb::Insert, variables, reply);
                if let Some(table) = identity {
                    self.keep_identity_value(&table, written.is_err())?;
                }
                written?;
                self.context.identity = Some(self.connection.last_insert_rowid());
                Ok(())
            }
            Statement::Update(update) => {
                let relation = self.translator(variables).update(update)?;
                self.write(&relation, Verb::Update, variables, reply)
            }
            Statement::Delete(delete) => {
                let relation = self.translator(variables).delete(delete)?;
                self.write(&relation, Verb::Delete, variables, reply)
            }
            Statement::CreateTable(table) => {
                self.row_locks.forget_row_ids(&last_part(&table.name));
                self.define(|translator| translator.create_table(table))
            }
            Statement::CreateIndex(index) => self.define(|translator| translator.create_index(index)),
            Statement::CreateView(view) => self.define(|translator| translator.create_view(view)),
            Statement::CreateDatabase { db_name, if_not_exists: false, .. } => self.create_database(db_name),
            Statement::Drop { object_type: ObjectType::Database, if_exists, names, .. } => {
                self.drop_databases(names, *if_exists)
            }
            Statement::Drop { object_type, if_exists, names, .. } => {
                self.define(|translator| translator.drop_objects(*object_type, *if_exists, names))
            }
            other => Err(SqlError::unsupported(format_args!("the statement {other}"))),
        }
    }

    pub(super) fn translator<'a>(&'a self, variables: &'a Variables) -> Translator<'a> {
        Translator::new(&self.connection, &self.context, variables)
    }

    /// Runs a query and sends its rows.
    fn answer(&mut self, relation: &Relation, variables: &Variables, reply: &mut Reply) -> Result<(), SqlError> {
        if self.contention.is_some() {
            let rows = self.contended_read(Translated::of(relation, variables))?;
            let count = send_collected(&rows, relation, reply)?;
            self.context.row_count = i64::try_from(count).unwrap_or(i64::MAX);
            reply.counted(count);
            return Ok(());
        }
        let mut statement = self.connection.prepare(&relation.sql)?;
        bind(&mut statement, variables)?;
        reply.columns(&relation.columns);
        let rows = send_rows(&mut statement, relation, reply)?;
        self.context.row_count = i64::try_from(rows).unwrap_or(i64::MAX);
        reply.counted(rows);
        Ok(())
    }

    /// Runs a write atomically and sends its OUTPUT rows.
    fn write(
        &mut self,
        relation: &Relation,
        verb: Verb,
        variables: &Variables,
        reply: &mut Reply,
    ) -> Result<(), SqlError> {
        self.may_write()?;
        let write = Translated::of(relation, variables);
        let result = match self.contention {
            None => self.write_alone(write, verb),
            Some(_) => self.contended_write(write, verb == Verb::Insert),
        };
        let (rows, output) = result.map_err(|error| verb.ended_by(error))?;
        if !relation.columns.is_empty() {
            send_collected(&output, relation, reply)?;
        }
        self.context.row_count = i64::try_from(rows).unwrap_or(i64::MAX);
        if !self.options.no_count || !relation.columns.is_empty() {
            reply.counted(rows);
        }
        Ok(())
    }

    /// Runs a write while no other session writes.
    fn write_alone(&mut self, write: Translated<'_>, verb: Verb) -> Result<(u64, Rows), SqlError> {
        self.atomically(|engine| {
            if verb == Verb::Insert {
                engine.skip_row_ids()?;
            }
            let (output, rows) = write.run(&engine.connection)?;
            Ok((rows, output))
        })
    }

    /// Keeps the identity values of an INSERT from being given out again, also if it failed or is rolled back
    /// ("IDENTITY (Property)").
    fn keep_identity_value(&self, table: &str, failed: bool) -> Result<(), SqlError> {
        let sql = "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = ?1), 0)";
        let stored: i64 = self.connection.query_row(sql, [table], |row| row.get(0))?;
        let given_out = self.row_locks.row_ids().get(table).copied().unwrap_or_default().max(stored);
        self.row_locks.reserve(table, given_out + i64::from(failed));
        Ok(())
    }

    /// Runs a write atomically: in a transaction of its own, or at a savepoint of the session's transaction, which
    /// takes the database's write lock with its first write.
    pub(super) fn atomically<T>(&mut self, run: impl FnOnce(&Self) -> Result<T, SqlError>) -> Result<T, SqlError> {
        let (begin, end, undo) = match self.context.transactions {
            0 => ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"),
            _ => ("SAVEPOINT statement", "RELEASE statement", "ROLLBACK TO statement; RELEASE statement"),
        };
        if self.context.transactions > 0 && self.write_permit.is_none() {
            self.begin_to_write("BEGIN IMMEDIATE")?;
        }
        self.begin_to_write(begin)?;
        let result = run(self);
        // SQLite rolls back the whole transaction if a write is interrupted; then there is nothing to end.
        let ended = match self.connection.is_autocommit() {
            true => Ok(()),
            false => self.connection.execute_batch(if result.is_ok() { end } else { undo }),
        };
        self.stop_writing();
        ended?;
        result
    }

    /// Takes the write lock, unless the session holds it, and runs `begin`.
    pub(super) fn begin_to_write(&mut self, begin: &str) -> Result<(), SqlError> {
        if self.write_permit.is_none() {
            let wait_limit = self.options.lock_timeout.unwrap_or(LOCK_WAIT);
            self.write_permit = Some(self.write_lock.take(wait_limit, || self.is_cancelled())?);
        }
        let result = self.connection.execute_batch(begin);
        if result.is_err() {
            self.stop_writing();
        }
        Ok(result?)
    }

    /// Releases the write lock, unless the session's transaction is still open.
    pub(super) fn stop_writing(&mut self) {
        if self.context.transactions == 0 {
            self.write_permit = None;
        }
    }

    /// The first value of the first row.
    pub(super) fn single(&mut self, sql: &str, variables: &Variables) -> Result<Value, SqlError> {
        if self.contention.is_some() {
            let rows = self.contended_read(Translated { sql, columns: 1, variables })?;
            return Ok(rows.into_iter().flatten().next().unwrap_or(Value::Null));
        }
        let mut statement = self.connection.prepare(sql)?;
        bind(&mut statement, variables)?;
        let mut rows = statement.raw_query();
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?.unwrap_or(Value::Null))
    }

    /// `SELECT @a = …, @b = …`: assigns the values of the last row. Without a row, nothing changes.
    fn select_into_variables(
        &mut self,
        targets: &[String],
        query: &Query,
        variables: &mut Variables,
    ) -> Result<(), SqlError> {
        let relation = self.translator(variables).ordered_query(query)?;
        let mut last: Option<Vec<Value>> = None;
        let mut count = 0;
        if self.contention.is_some() {
            let mut rows = self.contended_read(Translated::of(&relation, variables))?;
            count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
            last = rows.pop();
        } else {
            let mut statement = self.connection.prepare(&relation.sql)?;
            bind(&mut statement, variables)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                last = Some((0..targets.len()).map(|i| row.get(i)).collect::<rusqlite::Result<_>>()?);
                count += 1;
            }
        }
        self.context.row_count = count;
        for ((target, value), column) in targets.iter().zip(last.into_iter().flatten()).zip(&relation.columns) {
            assign(variables, target, Variable { sql_type: column.sql_type, value })?;
        }
        Ok(())
    }
}

/// Sends rows that were read before.
fn send_collected(rows: &Rows, relation: &Relation, reply: &mut Reply) -> Result<u64, SqlError> {
    reply.columns(&relation.columns);
    for row in rows {
        reply.row(&relation.columns, &row.iter().map(ValueRef::from).collect::<Vec<_>>())?;
    }
    Ok(rows.len() as u64)
}

fn send_rows(statement: &mut Prepared<'_>, relation: &Relation, reply: &mut Reply) -> Result<u64, SqlError> {
    let mut rows = statement.raw_query();
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let values =
            (0..relation.columns.len()).map(|i| row.get_ref(i)).collect::<rusqlite::Result<Vec<ValueRef<'_>>>>()?;
        reply.row(&relation.columns, &values)?;
        count += 1;
    }
    Ok(count)
}

/// The variables that a SELECT assigns, and the SELECT of their values; `None` if it assigns nothing.
pub(super) fn assignments(query: &Query) -> Result<Option<(Vec<String>, Query)>, SqlError> {
    let SetExpr::Select(select) = &*query.body else { return Ok(None) };
    // `sqlparser` parses `@a = …` as the old syntax of an alias.
    let assigned = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { expr, alias } if alias.quote_style.is_none() && alias.value.starts_with('@') => {
            Some((alias.value.to_lowercase(), expr.clone()))
        }
        _ => None,
    };
    let found: Vec<_> = select.projection.iter().filter_map(assigned).collect();
    if found.is_empty() {
        return Ok(None);
    }
    if found.len() != select.projection.len() {
        let text = "A SELECT statement that assigns a value to a variable must not be combined with data-retrieval \
            operations.";
        return Err(SqlError::new(141, 15, text));
    }
    let (targets, values): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let mut select = select.clone();
    select.projection = values.into_iter().map(SelectItem::UnnamedExpr).collect();
    Ok(Some((targets, Query { body: Box::new(SetExpr::Select(select)), ..query.clone() })))
}
