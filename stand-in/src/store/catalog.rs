//! The catalog of a database: its tables, views, columns and keys. It is stored in the same SQLite database, so that a
//! rollback undoes DDL too. T-SQL's system views are queries on it.

use super::quoting::quote_identifier;
use super::stored_values::StoredValues;
use crate::error::SqlError;
use crate::types::SqlType;
use rusqlite::{Connection, OptionalExtension, params};

/// The tables of the catalog. Names are case-insensitive, as in SQL Server's default collation.
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS stand_in_object (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE, kind TEXT NOT NULL,
    base INTEGER REFERENCES stand_in_object (id), created_at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS stand_in_column (
    object INTEGER NOT NULL REFERENCES stand_in_object (id) ON DELETE CASCADE, ordinal INTEGER NOT NULL,
    name TEXT NOT NULL COLLATE NOCASE, type TEXT NOT NULL, base_type TEXT NOT NULL, length INTEGER, precision INTEGER,
    scale INTEGER, nullable INTEGER NOT NULL, identity INTEGER NOT NULL, default_name TEXT, default_value TEXT,
    base TEXT, PRIMARY KEY (object, ordinal), UNIQUE (object, name));
CREATE TABLE IF NOT EXISTS stand_in_key (
    object INTEGER NOT NULL REFERENCES stand_in_object (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE,
    kind TEXT NOT NULL, columns TEXT NOT NULL, UNIQUE (object, name));
CREATE TABLE IF NOT EXISTS stand_in_principal (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE, kind TEXT NOT NULL,
    login TEXT COLLATE NOCASE);
CREATE TABLE IF NOT EXISTS stand_in_member (
    role INTEGER NOT NULL REFERENCES stand_in_principal (id) ON DELETE CASCADE,
    member INTEGER NOT NULL REFERENCES stand_in_principal (id) ON DELETE CASCADE, UNIQUE (role, member));
CREATE TABLE IF NOT EXISTS stand_in_permission (
    object INTEGER NOT NULL REFERENCES stand_in_object (id) ON DELETE CASCADE,
    grantee INTEGER NOT NULL REFERENCES stand_in_principal (id) ON DELETE CASCADE,
    permission TEXT NOT NULL, denied INTEGER NOT NULL, UNIQUE (object, grantee, permission));
INSERT OR IGNORE INTO stand_in_principal (name, kind) VALUES
    ('dbo', 'S'), ('public', 'R'), ('db_owner', 'R'), ('db_datareader', 'R'), ('db_datawriter', 'R');
";

/// Creates the catalog's tables if they do not exist.
pub(crate) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLES)
}

/// The kind of a catalog object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    Table,
    View,
}

impl ObjectKind {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Table => "U",
            Self::View => "V",
        }
    }
}

/// A column of a table, as declared, or of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnDefinition {
    pub(crate) name: String,
    pub(crate) sql_type: SqlType,
    pub(crate) nullable: bool,
    pub(crate) identity: bool,
    pub(crate) default_name: Option<String>,
    /// The default, as T-SQL.
    pub(crate) default_value: Option<String>,
    /// For a view: the column of the base table.
    pub(crate) base: Option<String>,
}

/// A table or a view of schema dbo.
#[derive(Debug, Clone)]
pub(crate) struct CatalogObject {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) kind: ObjectKind,
    /// For an updatable view: its base table.
    pub(crate) base: Option<i64>,
    pub(crate) columns: Vec<ColumnDefinition>,
}

impl CatalogObject {
    pub(crate) fn column(&self, name: &str) -> Result<&ColumnDefinition, SqlError> {
        let found = self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| SqlError::invalid_column(name))
    }
}

/// The kinds of keys and indexes.
pub(crate) const PRIMARY_KEY: &str = "PRIMARY KEY";
pub(crate) const UNIQUE_KEY: &str = "UNIQUE KEY";
pub(crate) const UNIQUE_INDEX: &str = "UNIQUE INDEX";
pub(crate) const INDEX: &str = "INDEX";

/// Finds a table or view by name.
pub(crate) fn find(connection: &Connection, name: &str) -> Result<Option<CatalogObject>, SqlError> {
    find_where(connection, "name = ?1", name)
}

/// Finds a table or view by id.
pub(crate) fn by_id(connection: &Connection, id: i64) -> Result<Option<CatalogObject>, SqlError> {
    find_where(connection, "id = ?1", id)
}

fn find_where(
    connection: &Connection,
    filter: &str,
    key: impl rusqlite::ToSql,
) -> Result<Option<CatalogObject>, SqlError> {
    let sql = format!("SELECT id, name, kind, base FROM stand_in_object WHERE {filter}");
    let object = connection.prepare_cached(&sql)?.query_row([key], |row| {
        let kind = if row.get_ref(2)?.as_str()? == "V" { ObjectKind::View } else { ObjectKind::Table };
        Ok(CatalogObject { id: row.get(0)?, name: row.get(1)?, kind, base: row.get(3)?, columns: Vec::new() })
    });
    let Some(mut object) = object.optional()? else { return Ok(None) };
    object.columns = columns(connection, object.id)?;
    Ok(Some(object))
}

fn columns(connection: &Connection, object: i64) -> Result<Vec<ColumnDefinition>, SqlError> {
    let sql = "SELECT name, type, nullable, identity, default_name, default_value, base FROM stand_in_column
               WHERE object = ?1 ORDER BY ordinal";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([object])?;
    let mut columns = Vec::new();
    while let Some(row) = rows.next()? {
        let sql_type = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?.parse()?;
        columns.push(ColumnDefinition {
            name: row.get(0)?,
            sql_type,
            nullable: row.get(2)?,
            identity: row.get(3)?,
            default_name: row.get(4)?,
            default_value: row.get(5)?,
            base: row.get(6)?,
        });
    }
    Ok(columns)
}

/// Records a new table or view.
///
/// # Errors
/// 2714 when the name is taken.
pub(crate) fn add(connection: &Connection, name: &str, kind: ObjectKind, base: Option<i64>) -> Result<i64, SqlError> {
    if find(connection, name)?.is_some() {
        return Err(SqlError::object_exists(name));
    }
    let now = crate::types::temporal::now();
    connection.execute(
        "INSERT INTO stand_in_object (name, kind, base, created_at) VALUES (?1, ?2, ?3, ?4)",
        params![name, kind.code(), base, now],
    )?;
    Ok(connection.last_insert_rowid())
}

/// Records a column after the existing ones, or replaces the one of the same name.
pub(crate) fn put_column(connection: &Connection, object: i64, column: &ColumnDefinition) -> Result<(), SqlError> {
    let numeric = column.sql_type.as_decimal().filter(|_| column.sql_type.is_number());
    connection.execute(
        "INSERT INTO stand_in_column
         SELECT ?1, 1 + COALESCE((SELECT MAX(ordinal) FROM stand_in_column WHERE object = ?1), 0),
                ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
         WHERE true
         ON CONFLICT (object, name) DO UPDATE SET type = excluded.type, base_type = excluded.base_type,
             length = excluded.length, precision = excluded.precision, scale = excluded.scale,
             nullable = excluded.nullable",
        params![
            object,
            column.name,
            column.sql_type.to_string(),
            column.sql_type.base_name(),
            column.sql_type.maximum_length(),
            numeric.map(|(precision, _)| precision),
            numeric.map(|(_, scale)| scale),
            column.nullable,
            column.identity,
            column.default_name,
            column.default_value,
            column.base,
        ],
    )?;
    Ok(())
}

/// Records a key or an index.
///
/// # Errors
/// 1913 when the table has an index of that name.
pub(crate) fn add_key(
    connection: &Connection,
    table: &CatalogObject,
    name: &str,
    kind: &str,
    columns: &[String],
) -> Result<(), SqlError> {
    let sql = "INSERT OR IGNORE INTO stand_in_key (object, name, kind, columns) VALUES (?1, ?2, ?3, ?4)";
    if connection.execute(sql, params![table.id, name, kind, columns.join(", ")])? == 0 {
        let table = &table.name;
        let text = format!(
            "The operation failed because an index or statistics with name '{name}' already exists on table \
             'dbo.{table}'."
        );
        return Err(SqlError::new(1913, 16, text));
    }
    Ok(())
}

/// The names of the keys and indexes on a column.
pub(crate) fn keys_on(connection: &Connection, table: i64, column: &str) -> Result<Vec<String>, SqlError> {
    let mut statement = connection.prepare_cached("SELECT name, columns FROM stand_in_key WHERE object = ?1")?;
    let keys = statement.query_map([table], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut names = Vec::new();
    for key in keys {
        let (name, columns) = key?;
        if columns.split(", ").any(|part| part.eq_ignore_ascii_case(column)) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Maps a failed constraint of SQLite, such as `UNIQUE constraint failed: Books.Id, …`, to SQL Server's error.
/// `stored`: the values that the statement stored.
pub(crate) fn constraint_error(connection: &Connection, error: rusqlite::Error, stored: &StoredValues) -> SqlError {
    let text = error.to_string();
    let Some(columns) = text.split_once("UNIQUE constraint failed: ").map(|(_, columns)| columns) else {
        return check_error(connection, &text).unwrap_or_else(|| error.into());
    };
    let table = columns.split('.').next().unwrap_or_default();
    let columns = columns.replace(&format!("{table}."), "");
    let sql = "SELECT k.name, k.kind FROM stand_in_key AS k JOIN stand_in_object AS o ON o.id = k.object
               WHERE o.name = ?1 AND k.columns = ?2 COLLATE NOCASE AND k.kind <> 'INDEX'";
    let key: rusqlite::Result<(String, String)> =
        connection.query_row(sql, [table, &columns], |row| Ok((row.get(0)?, row.get(1)?)));
    let Ok((name, kind)) = key else { return error.into() };
    let value = stored.duplicate_key(connection, table, &columns.split(", ").collect::<Vec<_>>());
    let value = value.map_or_else(String::new, |value| format!(" The duplicate key value is {value}."));
    if kind == UNIQUE_INDEX {
        let text =
            format!("Cannot insert duplicate key row in object 'dbo.{table}' with unique index '{name}'.{value}");
        return SqlError::new(2601, 14, text);
    }
    let text = format!("Violation of {kind} constraint '{name}'. Cannot insert duplicate key in object 'dbo.{table}'.");
    SqlError::new(2627, 14, text + &value)
}

fn check_error(connection: &Connection, text: &str) -> Option<SqlError> {
    let (_, name) = text.split_once("CHECK constraint failed: ")?;
    let text = format!("The statement conflicted with the CHECK constraint \"{name}\".");
    let place = place_of_check(connection, name).unwrap_or_default();
    Some(SqlError { state: 0, ..SqlError::new(547, 16, text + &place) })
}

/// The sentence that names the database, the table and the column of a CHECK constraint; the column only if the
/// condition reads no other.
fn place_of_check(connection: &Connection, name: &str) -> Option<String> {
    let condition = format!("CONSTRAINT {} CHECK (", quote_identifier(name));
    let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND instr(sql, ?1) > 0";
    let found = connection.query_row(sql, [&condition], |row| Ok((row.get(0)?, row.get(1)?)));
    let (table, definition): (String, String) = found.ok()?;
    let (_, rest) = definition.split_once(&condition)?;
    let rest = rest.split(", CONSTRAINT ").next()?;
    let columns = find(connection, &table).ok()??.columns;
    let read: Vec<_> = columns.iter().filter(|column| rest.contains(&quote_identifier(&column.name))).collect();
    let column = if let [column] = read[..] { format!(", column '{}'", column.name) } else { String::new() };
    let file = connection.path()?.rsplit_once("database-")?.1.strip_suffix(".sqlite")?.to_owned();
    let sql = "SELECT name FROM server.stand_in_database WHERE id = ?1";
    let database: String = connection.query_row(sql, [file], |row| row.get(0)).ok()?;
    Some(format!(" The conflict occurred in database \"{database}\", table \"dbo.{table}\"{column}."))
}
