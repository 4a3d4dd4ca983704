//! DDL, and the statements on logins, users, roles and permissions.

use super::Engine;
use crate::error::SqlError;
use crate::store::catalog;
use crate::store::permissions::{self, Permission, not_found_or_denied};
use crate::tsql::context::Variables;
use crate::tsql::grammar::{DatabasePrincipalStatement, PrincipalStatement, TableChange};
use crate::tsql::translate::{ObjectPath, Translator, last_part};
use rusqlite::Connection;
use sqlparser::ast::ObjectName;

impl Engine {
    pub(super) fn alter(&mut self, table: &ObjectName, change: &TableChange) -> Result<(), SqlError> {
        self.define(|translator| match change {
            TableChange::AddColumns(columns) => translator.add_columns(table, columns),
            TableChange::AddConstraint(constraint) => translator.add_constraint(table, constraint),
            TableChange::AddDefault { name, value, column } => translator.add_default(table, name, value, column),
            TableChange::DropConstraint(name) => translator.drop_constraint(table, name),
            TableChange::AlterColumn(column) => translator.alter_column(table, column),
        })
    }

    /// Runs DDL atomically.
    pub(super) fn define(
        &mut self,
        change: impl FnOnce(&mut Translator<'_>) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        self.may_write()?;
        if self.contention.is_some() && self.context.transactions > 0 {
            return Err(SqlError::unsupported("DDL and GRANT in a transaction in contention mode"));
        }
        self.atomically(|engine| change(&mut engine.translator(&Variables::new())))?;
        self.context.row_count = 0;
        Ok(())
    }

    pub(super) fn create_database(&mut self, name: &ObjectName) -> Result<(), SqlError> {
        self.sysadmin("CREATE DATABASE")?;
        self.outside_transaction("CREATE DATABASE")?;
        self.store.create_database(&last_part(name))
    }

    pub(super) fn drop_databases(&self, names: &[ObjectName], if_exists: bool) -> Result<(), SqlError> {
        self.sysadmin("DROP DATABASE")?;
        self.outside_transaction("DROP DATABASE")?;
        names.iter().try_for_each(|name| self.store.drop_database(&last_part(name), if_exists))
    }

    fn outside_transaction(&self, statement: &str) -> Result<(), SqlError> {
        if self.context.transactions == 0 {
            return Ok(());
        }
        let text = format!("{statement} statement not allowed within multi-statement transaction.");
        Err(SqlError { state: 6, ..SqlError::new(226, 16, text) })
    }

    pub(super) fn sysadmin(&self, statement: &str) -> Result<(), SqlError> {
        if self.context.sysadmin {
            return Ok(());
        }
        let text = format!("{statement} permission denied in database '{}'.", self.context.database);
        Err(SqlError::new(262, 14, text))
    }

    /// Runs a statement on logins, users, roles or permissions.
    pub(super) fn principal(&mut self, statement: &PrincipalStatement) -> Result<(), SqlError> {
        let refused = || SqlError::new(15247, 16, "User does not have permission to perform this action.");
        match statement {
            PrincipalStatement::CreateLogin { .. } | PrincipalStatement::AddSysadmin { .. }
                if !self.context.sysadmin =>
            {
                Err(refused())
            }
            PrincipalStatement::AddSysadmin { login } => self.store.add_sysadmin(login),
            PrincipalStatement::CreateLogin { name, password } => self.store.create_login(name, password.as_deref()),
            PrincipalStatement::InDatabase(_) if !permissions::is_owner(&self.connection, &self.context.user)? => {
                Err(refused())
            }
            PrincipalStatement::InDatabase(statement) => self.define(|translator| apply(translator, statement)),
        }
    }
}

fn refuse_special(principal: &str, special: &[&str]) -> Result<(), SqlError> {
    if special.iter().any(|special| principal.eq_ignore_ascii_case(special)) {
        return Err(SqlError::new(15405, 16, format!("Cannot use the special principal '{principal}'.")));
    }
    Ok(())
}

/// A login has one user in a database. sa owns every database of the stand-in, as the user dbo.
fn refuse_second_user(connection: &Connection, user: &str, login: &str) -> Result<(), SqlError> {
    refuse_special(user, &["sa", "dbo"])?;
    let existing = permissions::user_for_login(connection, login)?;
    if login.eq_ignore_ascii_case("sa") || existing.is_some_and(|existing| !existing.name().eq_ignore_ascii_case(user))
    {
        return Err(SqlError::new(15063, 16, "The login already has an account under a different user name."));
    }
    Ok(())
}

fn apply(translator: &mut Translator<'_>, statement: &DatabasePrincipalStatement) -> Result<(), SqlError> {
    let connection = translator.connection;
    let id = |verb: &str, what: &str, name: &str| {
        let found = permissions::principal(connection, name)?;
        found.map(|(id, _)| id).ok_or_else(|| not_found_or_denied(verb, what, name))
    };
    match statement {
        DatabasePrincipalStatement::CreateUser { name, login } => {
            let sql = "SELECT EXISTS (SELECT 1 FROM server.stand_in_login WHERE name = ?1)";
            if !connection.query_row(sql, [login], |row| row.get::<_, bool>(0))? {
                let text = format!("'{login}' is not a valid login or you do not have permission.");
                return Err(SqlError::new(15007, 16, text));
            }
            refuse_second_user(connection, name, login)?;
            permissions::add_principal(connection, name, "S", Some(login))
        }
        DatabasePrincipalStatement::CreateRole { name } => permissions::add_principal(connection, name, "R", None),
        DatabasePrincipalStatement::AddMember { role, member } => {
            refuse_special(member, &["dbo"])?;
            let (role, member) = (id("alter", "role", role)?, id("add", "principal", member)?);
            connection.execute("INSERT OR IGNORE INTO stand_in_member VALUES (?1, ?2)", [role, member])?;
            Ok(())
        }
        DatabasePrincipalStatement::DropMember { role, member } => {
            let (role, member) = (id("alter", "role", role)?, id("drop", "principal", member)?);
            connection.execute("DELETE FROM stand_in_member WHERE role = ?1 AND member = ?2", [role, member])?;
            Ok(())
        }
        DatabasePrincipalStatement::Permit { denied, permissions, object, grantees } => {
            let title = ObjectPath::of(object, &translator.context.database)?;
            let found = if title.is_dbo() { catalog::find(connection, &title.object)? } else { None };
            let found = found.ok_or_else(|| not_found_or_denied("find", "object", &title.object))?;
            for grantee in grantees {
                let grantee = id("find", "user", grantee)?;
                for permission in permissions {
                    let known = Permission::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(permission));
                    let known =
                        known.ok_or_else(|| SqlError::unsupported(format_args!("the permission {permission}")))?;
                    permissions::set_permission(connection, &found, grantee, known, *denied)?;
                }
            }
            Ok(())
        }
    }
}
