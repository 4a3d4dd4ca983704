//! Statements that reach SQLite: queries and writes, and which of them are DDL.

use super::super::catalog;
use super::super::error::SqlError;
use super::super::facts::{Variable, Variables};
use super::super::translate::{Relation, Translator};
use super::definitions::bare;
use super::steps::assign;
use super::{Engine, LOCK_WAIT, Reply};
use rusqlite::Statement as Prepared;
use rusqlite::types::{Value, ValueRef};
use sqlparser::ast::{ObjectType, Query, SelectItem, SetExpr, Statement};

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
                let relation = self.translator(variables).insert(insert)?;
                self.write(&relation, variables, reply)?;
                self.facts.identity = Some(self.connection.last_insert_rowid());
                Ok(())
            }
            Statement::Update(update) => {
                let relation = self.translator(variables).update(update)?;
                self.write(&relation, variables, reply)
            }
            Statement::Delete(delete) => {
                let relation = self.translator(variables).delete(delete)?;
                self.write(&relation, variables, reply)
            }
            Statement::CreateTable(table) => self.define(|translator| translator.create_table(table)),
            Statement::CreateIndex(index) => self.define(|translator| translator.create_index(index)),
            Statement::CreateView(view) => self.define(|translator| translator.create_view(view)),
            Statement::CreateDatabase { db_name, if_not_exists: false, .. } => self.create_database(db_name),
            Statement::Drop { object_type: ObjectType::Database, if_exists, names, .. } => {
                self.sysadmin("DROP DATABASE")?;
                names.iter().try_for_each(|name| self.store.drop_database(&bare(name), *if_exists))
            }
            Statement::Drop { object_type, if_exists, names, .. } => {
                self.define(|translator| translator.drop_objects(*object_type, *if_exists, names))
            }
            other => Err(SqlError::unsupported(format_args!("the statement {other}"))),
        }
    }

    pub(super) fn translator<'a>(&'a self, variables: &'a Variables) -> Translator<'a> {
        Translator::new(&self.connection, &self.facts, variables)
    }

    /// Sends the rows of a query.
    fn answer(&mut self, relation: &Relation, variables: &Variables, reply: &mut Reply) -> Result<(), SqlError> {
        let mut statement = self.connection.prepare(&relation.sql)?;
        bind(&mut statement, variables)?;
        reply.columns(&relation.columns);
        let rows = send_rows(&mut statement, relation, reply)?;
        self.facts.row_count = i64::try_from(rows).unwrap_or(i64::MAX);
        reply.counted(rows);
        Ok(())
    }

    /// Runs a write as a whole or not at all; its OUTPUT is sent.
    fn write(&mut self, relation: &Relation, variables: &Variables, reply: &mut Reply) -> Result<(), SqlError> {
        let rows = self.atomically(|engine| {
            let mut statement = engine.connection.prepare(&relation.sql)?;
            bind(&mut statement, variables)?;
            if relation.columns.is_empty() {
                let rows = statement.raw_execute();
                return rows.map(|rows| rows as u64).map_err(|error| catalog::explain(&engine.connection, error));
            }
            reply.columns(&relation.columns);
            send_rows(&mut statement, relation, reply)
        })?;
        self.facts.row_count = i64::try_from(rows).unwrap_or(i64::MAX);
        if !self.options.no_count || !relation.columns.is_empty() {
            reply.counted(rows);
        }
        Ok(())
    }

    /// Runs what writes, in a transaction of its own or as a part of the session's that can be undone alone.
    pub(super) fn atomically<T>(&mut self, run: impl FnOnce(&Self) -> Result<T, SqlError>) -> Result<T, SqlError> {
        let (begin, end, undo) = match self.facts.transactions {
            0 => ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"),
            _ => ("SAVEPOINT statement", "RELEASE statement", "ROLLBACK TO statement; RELEASE statement"),
        };
        self.begin_to_write(begin)?;
        let result = run(self);
        // SQLite undoes the whole transaction of a write that is interrupted; then there is nothing to end.
        let ended = match self.connection.is_autocommit() {
            true => Ok(()),
            false => self.connection.execute_batch(if result.is_ok() { end } else { undo }),
        };
        self.stop_writing();
        ended?;
        result
    }

    /// Waits for the transactions of other sessions, unless this one's goes on.
    pub(super) fn begin_to_write(&mut self, begin: &str) -> Result<(), SqlError> {
        if self.writing.is_none() {
            let patience = self.options.lock_timeout.unwrap_or(LOCK_WAIT);
            self.writing = Some(self.write_lock.take(patience, || self.is_cancelled())?);
        }
        let begun = self.connection.execute_batch(begin);
        if begun.is_err() {
            self.stop_writing();
        }
        Ok(begun?)
    }

    /// Lets others write, unless the session's transaction goes on.
    pub(super) fn stop_writing(&mut self) {
        if self.facts.transactions == 0 {
            self.writing = None;
        }
    }

    /// The first value of the first row.
    pub(super) fn single(&self, sql: &str, variables: &Variables) -> Result<Value, SqlError> {
        let mut statement = self.connection.prepare(sql)?;
        bind(&mut statement, variables)?;
        let mut rows = statement.raw_query();
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?.unwrap_or(Value::Null))
    }

    /// `SELECT @a = …, @b = …`: the last row's values stay; without a row nothing changes.
    fn select_into_variables(
        &mut self,
        targets: &[String],
        query: &Query,
        variables: &mut Variables,
    ) -> Result<(), SqlError> {
        let relation = self.translator(variables).ordered_query(query)?;
        let mut last: Option<Vec<Value>> = None;
        let mut count = 0;
        {
            let mut statement = self.connection.prepare(&relation.sql)?;
            bind(&mut statement, variables)?;
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                last = Some((0..targets.len()).map(|i| row.get(i)).collect::<rusqlite::Result<_>>()?);
                count += 1;
            }
        }
        self.facts.row_count = count;
        for ((target, value), column) in targets.iter().zip(last.into_iter().flatten()).zip(&relation.columns) {
            assign(variables, target, Variable { sql_type: column.sql_type, value })?;
        }
        Ok(())
    }
}

/// Gives a statement the values of the variables that it names.
fn bind(statement: &mut Prepared<'_>, variables: &Variables) -> Result<(), rusqlite::Error> {
    for index in 1..=statement.parameter_count() {
        let Some(variable) = statement.parameter_name(index).and_then(|name| variables.get(name)) else { continue };
        statement.raw_bind_parameter(index, &variable.value)?;
    }
    Ok(())
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

/// The variables that a SELECT assigns to, and the SELECT of their values; `None` if it assigns nothing.
fn assignments(query: &Query) -> Result<Option<(Vec<String>, Query)>, SqlError> {
    let SetExpr::Select(select) = &*query.body else { return Ok(None) };
    // `sqlparser` takes `@a = …` for the old way to write an alias.
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
        let text = "A SELECT statement that assigns a value to a variable must not be combined with data-retrieval operations.";
        return Err(SqlError::new(141, 15, text));
    }
    let (targets, values): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let mut select = select.clone();
    select.projection = values.into_iter().map(SelectItem::UnnamedExpr).collect();
    Ok(Some((targets, Query { body: Box::new(SetExpr::Select(select)), ..query.clone() })))
}
