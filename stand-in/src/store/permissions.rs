//! Permissions: the users and roles of a database, and what is granted or denied on its tables and views.

use super::catalog::CatalogObject;
use crate::error::SqlError;
use rusqlite::{Connection, OptionalExtension, params};

/// The user of a session in its database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum User {
    /// dbo. Members of sysadmin are dbo in every database.
    Owner,
    /// An ordinary user.
    Named { id: i64, name: String },
}

impl User {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Owner => "dbo",
            Self::Named { name, .. } => name,
        }
    }
}

/// A permission on a table or a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    Select,
    Insert,
    Update,
    Delete,
}

impl Permission {
    pub(crate) const ALL: [Self; 4] = [Self::Select, Self::Insert, Self::Update, Self::Delete];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Select => "SELECT",
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }

    /// The fixed role whose members have the permission on all objects.
    fn fixed_role(self) -> &'static str {
        if self == Self::Select { "db_datareader" } else { "db_datawriter" }
    }

    /// The SQL that checks whether a principal of [`ROLES`] has the permission on an object: 1 or 0.
    pub(crate) fn held(self, object: &str) -> String {
        let (name, role) = (self.name(), self.fixed_role());
        format!(
            "COALESCE((SELECT MIN(1 - denied) FROM stand_in_permission
                       WHERE object = {object} AND permission = '{name}' AND grantee IN (SELECT id FROM held)),
                EXISTS (SELECT 1 FROM stand_in_principal WHERE id IN (SELECT id FROM held) AND
                    name IN ('db_owner', '{role}')))"
        )
    }
}

/// A CTE of a principal's roles, with its own id and public. `?1` is the principal.
pub(crate) const ROLES: &str = "WITH RECURSIVE held (id) AS (
    VALUES (?1) UNION SELECT id FROM stand_in_principal WHERE name = 'public'
    UNION SELECT role FROM stand_in_member JOIN held ON held.id = stand_in_member.member)";

/// The user of a login in a database, if there is one.
pub(crate) fn user_for_login(connection: &Connection, login: &str) -> rusqlite::Result<Option<User>> {
    let sql = "SELECT id, name FROM stand_in_principal WHERE login = ?1 AND kind = 'S'";
    let user = connection.query_row(sql, [login], |row| Ok(User::Named { id: row.get(0)?, name: row.get(1)? }));
    user.optional()
}

/// The id and kind of a user or role.
pub(crate) fn principal(connection: &Connection, name: &str) -> rusqlite::Result<Option<(i64, String)>> {
    let sql = "SELECT id, kind FROM stand_in_principal WHERE name = ?1";
    connection.query_row(sql, [name], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// Checks that the user has the permission, directly or by a role. A DENY takes precedence.
///
/// # Errors
/// 229 without the permission.
pub(crate) fn require(
    connection: &Connection,
    user: &User,
    database: &str,
    object: &CatalogObject,
    permission: Permission,
) -> Result<(), SqlError> {
    let User::Named { id, .. } = user else { return Ok(()) };
    let sql = format!("{ROLES} SELECT {}", permission.held("?2"));
    if connection.prepare_cached(&sql)?.query_row(params![id, object.id], |row| row.get(0))? {
        return Ok(());
    }
    let (permission, object) = (permission.name(), &object.name);
    let text = format!(
        "The {permission} permission was denied on the object '{object}', database '{database}', schema 'dbo'."
    );
    Err(SqlError { state: 5, ..SqlError::new(229, 14, text) })
}

/// Whether the user is dbo or a member of db_owner, who may change schema and principals.
pub(crate) fn is_owner(connection: &Connection, user: &User) -> Result<bool, SqlError> {
    let User::Named { id, .. } = user else { return Ok(true) };
    let sql =
        format!("{ROLES} SELECT EXISTS (SELECT 1 FROM stand_in_principal WHERE name = 'db_owner' AND id IN held)");
    Ok(connection.query_row(&sql, [id], |row| row.get(0))?)
}

/// Records a GRANT (`Some(false)`) or DENY (`Some(true)`), or removes both (`None`: REVOKE).
pub(crate) fn set_permission(
    connection: &Connection,
    object: &CatalogObject,
    grantee: i64,
    permission: Permission,
    denied: Option<bool>,
) -> Result<(), SqlError> {
    let Some(denied) = denied else {
        let sql = "DELETE FROM stand_in_permission WHERE object = ?1 AND grantee = ?2 AND permission = ?3";
        connection.execute(sql, params![object.id, grantee, permission.name()])?;
        return Ok(());
    };
    connection.execute(
        "INSERT OR REPLACE INTO stand_in_permission (object, grantee, permission, denied) VALUES (?1, ?2, ?3, ?4)",
        params![object.id, grantee, permission.name(), denied],
    )?;
    Ok(())
}

/// Creates a user or a role.
///
/// # Errors
/// 15023 if the name is taken.
pub(crate) fn add_principal(
    connection: &Connection,
    name: &str,
    kind: &str,
    login: Option<&str>,
) -> Result<(), SqlError> {
    let sql = "INSERT OR IGNORE INTO stand_in_principal (name, kind, login) VALUES (?1, ?2, ?3)";
    if connection.execute(sql, params![name, kind, login])? == 0 {
        let text = format!("User, group, or role '{name}' already exists in the current database.");
        return Err(SqlError::new(15023, 16, text));
    }
    Ok(())
}

/// Error 15151, for a principal or an object that does not exist or that the user may not change.
pub(crate) fn not_found_or_denied(verb: &str, what: &str, name: &str) -> SqlError {
    let text = format!("Cannot {verb} the {what} '{name}', because it does not exist or you do not have permission.");
    SqlError::new(15151, 16, text)
}
