//! Statements that reach SQLite: queries, writes and DDL.

use super::super::batch::{Principal, TableChange};
use super::super::catalog;
use super::super::error::SqlError;
use super::super::facts::{Variable, Variables};
use super::super::security::{self, Permission, cannot};
use super::super::translate::{Name, Relation, Translator};
use super::steps::assign;
use super::{Engine, Reply};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Statement as Prepared, params};
use sqlparser::ast::{ObjectName, ObjectType, Query, SelectItem, SetExpr, Statement};
use std::time::{Duration, Instant};

/// How long a statement waits for another session's transaction; SQL Server would wait for ever.
const LOCK_WAIT: Duration = Duration::from_secs(60);

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

    fn translator<'a>(&'a self, variables: &'a Variables) -> Translator<'a> {
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

    /// Runs a write, waiting for the transactions of other sessions; its OUTPUT is sent.
    fn write(&mut self, relation: &Relation, variables: &Variables, reply: &mut Reply) -> Result<(), SqlError> {
        let rows = self.patiently(|connection| {
            let mut statement = connection.prepare(&relation.sql)?;
            bind(&mut statement, variables)?;
            if relation.columns.is_empty() {
                return Ok(Some(statement.raw_execute()? as u64));
            }
            Ok(None)
        })?;
        let rows = match rows {
            Some(rows) => rows,
            None => {
                let mut statement = self.connection.prepare(&relation.sql)?;
                bind(&mut statement, variables)?;
                reply.columns(&relation.columns);
                send_rows(&mut statement, relation, reply)?
            }
        };
        self.facts.row_count = i64::try_from(rows).unwrap_or(i64::MAX);
        if !self.options.no_count || !relation.columns.is_empty() {
            reply.counted(rows);
        }
        Ok(())
    }

    /// Runs what takes SQLite's write lock, again and again while another session has it.
    pub(super) fn patiently<T>(
        &self,
        mut run: impl FnMut(&rusqlite::Connection) -> rusqlite::Result<T>,
    ) -> Result<T, SqlError> {
        let begun = Instant::now();
        loop {
            match run(&self.connection) {
                Err(error) if is_busy(&error) && begun.elapsed() < LOCK_WAIT => {
                    if self.is_cancelled() {
                        return Err(SqlError::cancelled());
                    }
                }
                Err(error) => return Err(catalog::explain(&self.connection, error)),
                Ok(value) => return Ok(value),
            }
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

    pub(super) fn alter(&mut self, table: &ObjectName, change: &TableChange) -> Result<(), SqlError> {
        self.define(|translator| match change {
            TableChange::AddColumns(columns) => translator.add_columns(table, columns),
            TableChange::AddConstraint(constraint) => translator.add_constraint(table, constraint),
            TableChange::AlterColumn(column) => translator.alter_column(table, column),
        })
    }

    /// Runs DDL as a whole or not at all.
    fn define(&mut self, change: impl FnOnce(&mut Translator<'_>) -> Result<(), SqlError>) -> Result<(), SqlError> {
        let alone = self.facts.transactions == 0;
        let (begin, end, undo) = match alone {
            true => ("BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"),
            false => ("SAVEPOINT ddl", "RELEASE ddl", "ROLLBACK TO ddl; RELEASE ddl"),
        };
        self.patiently(|connection| connection.execute_batch(begin))?;
        let variables = Variables::new();
        let result = change(&mut self.translator(&variables));
        self.connection.execute_batch(if result.is_ok() { end } else { undo })?;
        self.facts.row_count = 0;
        result
    }

    fn create_database(&mut self, name: &ObjectName) -> Result<(), SqlError> {
        self.sysadmin("CREATE DATABASE")?;
        if self.facts.transactions > 0 {
            let text = "CREATE DATABASE statement not allowed within multi-statement transaction.";
            return Err(SqlError::new(226, 16, text));
        }
        self.store.create_database(&bare(name))
    }

    fn sysadmin(&self, statement: &str) -> Result<(), SqlError> {
        if self.facts.sysadmin {
            return Ok(());
        }
        let text = format!("{statement} permission denied in database '{}'.", self.facts.database);
        Err(SqlError::new(262, 14, text))
    }

    /// Logins, users, roles and permissions.
    pub(super) fn principal(&mut self, statement: &Principal) -> Result<(), SqlError> {
        let login = matches!(statement, Principal::CreateLogin { .. });
        let allowed = if login { self.facts.sysadmin } else { security::owns(&self.connection, &self.facts.user)? };
        if !allowed {
            return Err(SqlError::new(15247, 16, "User does not have permission to perform this action."));
        }
        self.define(|translator| apply(translator, statement))
    }
}

fn apply(translator: &mut Translator<'_>, statement: &Principal) -> Result<(), SqlError> {
    let connection = translator.connection;
    let id = |verb: &str, what: &str, name: &str| {
        let found = security::principal(connection, name)?;
        found.map(|(id, _)| id).ok_or_else(|| cannot(verb, what, name))
    };
    match statement {
        Principal::CreateLogin { name, password } => {
            let sql = "INSERT OR IGNORE INTO server.stand_in_login (name, password, sysadmin) VALUES (?1, ?2, 0)";
            if connection.execute(sql, params![name, password])? == 0 {
                return Err(SqlError::new(15025, 16, format!("The server principal '{name}' already exists.")));
            }
            Ok(())
        }
        Principal::CreateUser { name, login } => {
            let sql = "SELECT EXISTS (SELECT 1 FROM server.stand_in_login WHERE name = ?1)";
            if !connection.query_row(sql, [login], |row| row.get::<_, bool>(0))? {
                let text = format!("'{login}' is not a valid login or you do not have permission.");
                return Err(SqlError::new(15007, 16, text));
            }
            security::add_principal(connection, name, "S", Some(login))
        }
        Principal::CreateRole { name } => security::add_principal(connection, name, "R", None),
        Principal::AddMember { role, member } => {
            let (role, member) = (id("alter", "role", role)?, id("add", "principal", member)?);
            connection.execute("INSERT OR IGNORE INTO stand_in_member VALUES (?1, ?2)", [role, member])?;
            Ok(())
        }
        Principal::DropMember { role, member } => {
            let (role, member) = (id("alter", "role", role)?, id("drop", "principal", member)?);
            connection.execute("DELETE FROM stand_in_member WHERE role = ?1 AND member = ?2", [role, member])?;
            Ok(())
        }
        Principal::Permit { denied, permissions, object, grantees } => {
            let title = Name::of(object, &translator.facts.database)?;
            let found = if title.is_dbo() { catalog::find(connection, &title.object)? } else { None };
            let found = found.ok_or_else(|| cannot("find", "object", &title.object))?;
            for grantee in grantees {
                let grantee = id("find", "user", grantee)?;
                for permission in permissions {
                    let known = Permission::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(permission));
                    let known =
                        known.ok_or_else(|| SqlError::unsupported(format_args!("the permission {permission}")))?;
                    security::set_permission(connection, &found, grantee, known, *denied)?;
                }
            }
            Ok(())
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode;
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
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

fn bare(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone()).unwrap_or_default()
}
