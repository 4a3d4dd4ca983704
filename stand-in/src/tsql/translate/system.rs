//! T-SQL's system views, as queries on the catalog.

use super::metadata::SID;
use super::quote_literal;
use crate::types::SqlType;
use crate::wire::columns::ResultColumn;

const NAME: SqlType = SqlType::SYSNAME;
const INT: SqlType = SqlType::Int;

/// The SQL of a system view, as a derived table, and its columns.
pub(super) fn view(schema: &str, view: &str, database: &str) -> Option<(String, Vec<ResultColumn>)> {
    let key = format!("{}.{}", schema.to_lowercase(), view.to_lowercase());
    let database = quote_literal(database);
    let text = |length| SqlType::nvarchar(length);
    let (sql, columns): (String, &[(&str, SqlType)]) = match key.as_str() {
        "information_schema.columns" => (
            format!(
                "(SELECT {database} AS TABLE_CATALOG, 'dbo' AS TABLE_SCHEMA, o.name AS TABLE_NAME,
                    c.name AS COLUMN_NAME,
                    c.ordinal AS ORDINAL_POSITION, c.default_value AS COLUMN_DEFAULT,
                    CASE c.nullable WHEN 1 THEN 'YES' ELSE 'NO' END AS IS_NULLABLE, c.base_type AS DATA_TYPE,
                    c.length AS CHARACTER_MAXIMUM_LENGTH, c.precision AS NUMERIC_PRECISION, c.scale AS NUMERIC_SCALE
                 FROM stand_in_column AS c JOIN stand_in_object AS o ON o.id = c.object)"
            ),
            &[
                ("TABLE_CATALOG", NAME),
                ("TABLE_SCHEMA", NAME),
                ("TABLE_NAME", NAME),
                ("COLUMN_NAME", NAME),
                ("ORDINAL_POSITION", INT),
                ("COLUMN_DEFAULT", text(4000)),
                ("IS_NULLABLE", SqlType::Text { national: false, length: Some(3) }),
                ("DATA_TYPE", NAME),
                ("CHARACTER_MAXIMUM_LENGTH", INT),
                ("NUMERIC_PRECISION", SqlType::TinyInt),
                ("NUMERIC_SCALE", INT),
            ],
        ),
        "information_schema.tables" => (
            format!(
                "(SELECT {database} AS TABLE_CATALOG, 'dbo' AS TABLE_SCHEMA, name AS TABLE_NAME,
                    CASE kind WHEN 'U' THEN 'BASE TABLE' ELSE 'VIEW' END AS TABLE_TYPE FROM stand_in_object)"
            ),
            &[
                ("TABLE_CATALOG", NAME),
                ("TABLE_SCHEMA", NAME),
                ("TABLE_NAME", NAME),
                ("TABLE_TYPE", SqlType::Text { national: false, length: Some(10) }),
            ],
        ),
        "sys.tables" | "sys.views" => {
            let kind = if key == "sys.tables" { "U" } else { "V" };
            let sql = format!(
                "(SELECT name, id AS object_id, 1 AS schema_id, kind AS type, created_at AS create_date
                  FROM stand_in_object WHERE kind = '{kind}')"
            );
            (sql, OBJECTS)
        }
        "sys.objects" => {
            let sql = "(SELECT name, id AS object_id, 1 AS schema_id, kind AS type, created_at AS create_date FROM \
                stand_in_object)";
            (sql.to_owned(), OBJECTS)
        }
        "sys.columns" => (
            "(SELECT object AS object_id, name, ordinal AS column_id, nullable AS is_nullable, identity AS is_identity
              FROM stand_in_column)"
                .to_owned(),
            &[
                ("object_id", INT),
                ("name", NAME),
                ("column_id", INT),
                ("is_nullable", SqlType::Bit),
                ("is_identity", SqlType::Bit),
            ],
        ),
        "sys.default_constraints" => (
            "(SELECT default_name AS name, object AS parent_object_id, ordinal AS parent_column_id, default_value AS definition
              FROM stand_in_column WHERE default_name IS NOT NULL)"
                .to_owned(),
            &[("name", NAME), ("parent_object_id", INT), ("parent_column_id", INT), ("definition", text(4000))],
        ),
        "sys.indexes" => (
            "(SELECT object AS object_id, name, kind <> 'INDEX' AS is_unique, kind = 'PRIMARY KEY' AS is_primary_key
              FROM stand_in_key)"
                .to_owned(),
            &[("object_id", INT), ("name", NAME), ("is_unique", SqlType::Bit), ("is_primary_key", SqlType::Bit)],
        ),
        "sys.databases" => (
            "(SELECT name, id AS database_id, snapshot_reads AS is_read_committed_snapshot_on
              FROM server.stand_in_database)"
                .to_owned(),
            &[("name", NAME), ("database_id", INT), ("is_read_committed_snapshot_on", SqlType::Bit)],
        ),
        "sys.server_principals" => (
            "(SELECT name, id AS principal_id, CASE WHEN password IS NULL THEN 'U' ELSE 'S' END AS type
              FROM server.stand_in_login)"
                .to_owned(),
            &[("name", NAME), ("principal_id", INT), ("type", SqlType::Text { national: false, length: Some(1) })],
        ),
        "sys.database_principals" => (
            "(SELECT u.name, u.id AS principal_id, u.kind AS type, CAST(l.id AS BLOB) AS sid FROM stand_in_principal AS u
              LEFT JOIN server.stand_in_login AS l ON l.name = CASE u.name WHEN 'dbo' THEN 'sa' ELSE u.login END)"
                .to_owned(),
            &[
                ("name", NAME),
                ("principal_id", INT),
                ("type", SqlType::Text { national: false, length: Some(1) }),
                ("sid", SID),
            ],
        ),
        _ => return None,
    };
    let column = |(name, sql_type): &(&str, SqlType)| ResultColumn { name: (*name).to_owned(), sql_type: *sql_type };
    Some((sql, columns.iter().map(column).collect()))
}

const OBJECTS: &[(&str, SqlType)] = &[
    ("name", NAME),
    ("object_id", INT),
    ("schema_id", INT),
    ("type", SqlType::Text { national: false, length: Some(2) }),
    ("create_date", SqlType::DateTime),
];
