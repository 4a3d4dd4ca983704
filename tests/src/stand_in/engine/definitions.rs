//! DDL, and the statements on logins, users, roles and permissions.

use super::super::batch::{DatabasePrincipal, Principal, TableChange};
use super::super::catalog;
use super::super::error::SqlError;
use super::super::facts::Variables;
use super::super::security::{self, Permission, cannot};
use super::super::translate::{Name, Translator};
use super::Engine;
use sqlparser::ast::ObjectName;

impl Engine {
    pub(super) fn alter(&mut self, table: &ObjectName, change: &TableChange) -> Result<(), SqlError> {
        self.define(|translator| match change {
            TableChange::AddColumns(columns) => translator.add_columns(table, columns),
            TableChange::AddConstraint(constraint) => translator.add_constraint(table, constraint),
            TableChange::AlterColumn(column) => translator.alter_column(table, column),
        })
    }

    /// Runs DDL as a whole or not at all.
    pub(super) fn define(
        &mut self,
        change: impl FnOnce(&mut Translator<'_>) -> Result<(), SqlError>,
    ) -> Result<(), SqlError> {
        self.atomically(|engine| change(&mut engine.translator(&Variables::new())))?;
        self.facts.row_count = 0;
        Ok(())
    }

    pub(super) fn create_database(&mut self, name: &ObjectName) -> Result<(), SqlError> {
        self.sysadmin("CREATE DATABASE")?;
        if self.facts.transactions > 0 {
            let text = "CREATE DATABASE statement not allowed within multi-statement transaction.";
            return Err(SqlError::new(226, 16, text));
        }
        self.store.create_database(&bare(name))
    }

    pub(super) fn sysadmin(&self, statement: &str) -> Result<(), SqlError> {
        if self.facts.sysadmin {
            return Ok(());
        }
        let text = format!("{statement} permission denied in database '{}'.", self.facts.database);
        Err(SqlError::new(262, 14, text))
    }

    /// Logins, users, roles and permissions.
    pub(super) fn principal(&mut self, statement: &Principal) -> Result<(), SqlError> {
        let refused = || SqlError::new(15247, 16, "User does not have permission to perform this action.");
        match statement {
            Principal::CreateLogin { .. } | Principal::AddSysadmin { .. } if !self.facts.sysadmin => Err(refused()),
            Principal::AddSysadmin { login } => self.store.add_sysadmin(login),
            Principal::CreateLogin { name, password } => self.store.create_login(name, password.as_deref()),
            Principal::InDatabase(_) if !security::owns(&self.connection, &self.facts.user)? => Err(refused()),
            Principal::InDatabase(statement) => self.define(|translator| apply(translator, statement)),
        }
    }
}

fn apply(translator: &mut Translator<'_>, statement: &DatabasePrincipal) -> Result<(), SqlError> {
    let connection = translator.connection;
    let id = |verb: &str, what: &str, name: &str| {
        let found = security::principal(connection, name)?;
        found.map(|(id, _)| id).ok_or_else(|| cannot(verb, what, name))
    };
    match statement {
        DatabasePrincipal::CreateUser { name, login } => {
            let sql = "SELECT EXISTS (SELECT 1 FROM server.stand_in_login WHERE name = ?1)";
            if !connection.query_row(sql, [login], |row| row.get::<_, bool>(0))? {
                let text = format!("'{login}' is not a valid login or you do not have permission.");
                return Err(SqlError::new(15007, 16, text));
            }
            security::add_principal(connection, name, "S", Some(login))
        }
        DatabasePrincipal::CreateRole { name } => security::add_principal(connection, name, "R", None),
        DatabasePrincipal::AddMember { role, member } => {
            let (role, member) = (id("alter", "role", role)?, id("add", "principal", member)?);
            connection.execute("INSERT OR IGNORE INTO stand_in_member VALUES (?1, ?2)", [role, member])?;
            Ok(())
        }
        DatabasePrincipal::DropMember { role, member } => {
            let (role, member) = (id("alter", "role", role)?, id("drop", "principal", member)?);
            connection.execute("DELETE FROM stand_in_member WHERE role = ?1 AND member = ?2", [role, member])?;
            Ok(())
        }
        DatabasePrincipal::Permit { denied, permissions, object, grantees } => {
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

pub(super) fn bare(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone()).unwrap_or_default()
}
