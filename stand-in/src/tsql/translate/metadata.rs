//! Functions and global variables about the session, the server and the catalog.

use super::{Translator, TypedSql, quote_literal};
use crate::error::SqlError;
use crate::store::COLLATION_NAME;
use crate::store::permissions::{Permission, ROLES, User};
use crate::tsql::builtin::is_function;
use crate::tsql::context::{PRODUCT_VERSION, VERSION_TEXT};
use crate::types::SqlType;
use sqlparser::ast::{Expr, Value};

const NAME: SqlType = SqlType::SYSNAME;
/// The type of a security identifier, whose bytes mean nothing to clients.
pub(super) const SID: SqlType = SqlType::Binary { length: Some(85) };

impl Translator<'_> {
    /// Translates a niladic function, such as SYSTEM_USER: no arguments, no parentheses.
    pub(super) fn niladic(&mut self, function: &str) -> Result<TypedSql, SqlError> {
        self.metadata(&function.to_uppercase(), &[])
    }

    pub(super) fn metadata(&mut self, function: &str, arguments: &[&Expr]) -> Result<TypedSql, SqlError> {
        let context = self.context;
        let name = |text: &str| Ok(TypedSql::new(quote_literal(text), NAME));
        match (function, arguments) {
            ("SUSER_SNAME" | "SUSER_NAME" | "ORIGINAL_LOGIN" | "SYSTEM_USER", []) => name(&context.login),
            ("USER_NAME" | "CURRENT_USER" | "SESSION_USER", []) => name(context.user.name()),
            ("DB_NAME", []) => name(&context.database),
            ("HOST_NAME", []) => name(&context.host_name),
            ("APP_NAME", []) => name(&context.app_name),
            ("DB_ID", []) => self.database_id(&quote_literal(&context.database)),
            ("DB_ID", [database]) => {
                let database = self.text(database)?;
                self.database_id(&database)
            }
            ("SUSER_ID", [login]) => {
                let login = self.text(login)?;
                lookup(format!("SELECT id FROM server.stand_in_login WHERE name = {login}"))
            }
            ("SUSER_SID", [login]) => {
                let login = self.text(login)?;
                let sql = format!("(SELECT CAST(id AS BLOB) FROM server.stand_in_login WHERE name = {login})");
                Ok(TypedSql::new(sql, SID))
            }
            ("DATABASE_PRINCIPAL_ID", [principal]) => {
                let principal = self.text(principal)?;
                lookup(format!("SELECT id FROM stand_in_principal WHERE name = {principal}"))
            }
            ("OBJECT_ID", [object]) => {
                let object = self.text(object)?;
                lookup(format!("SELECT id FROM stand_in_object WHERE name = tsql_object_name({object})"))
            }
            ("OBJECT_ID", [object, kind]) => {
                let (object, kind) = (self.text(object)?, self.text(kind)?);
                let sql = "SELECT id FROM stand_in_object WHERE name = tsql_object_name";
                lookup(format!("{sql}({object}) AND kind = upper({kind})"))
            }
            ("IS_ROLEMEMBER", [role]) => {
                let role = self.text(role)?;
                self.is_member(&role, &quote_literal(context.user.name()))
            }
            ("IS_ROLEMEMBER", [role, principal]) => {
                let (role, principal) = (self.text(role)?, self.text(principal)?);
                self.is_member(&role, &principal)
            }
            ("IS_SRVROLEMEMBER", [role, login]) if literal_text(role)?.eq_ignore_ascii_case("sysadmin") => {
                let login = self.text(login)?;
                lookup(format!("SELECT sysadmin FROM server.stand_in_login WHERE name = {login}"))
            }
            ("HAS_PERMS_BY_NAME", [object, class, permission])
                if literal_text(class)?.eq_ignore_ascii_case("OBJECT") =>
            {
                let object = self.text(object)?;
                self.has_permission(&object, literal_text(permission)?)
            }
            ("SCOPE_IDENTITY", []) => Ok(TypedSql::new(
                context.identity.map_or_else(|| "NULL".to_owned(), |id| id.to_string()),
                SqlType::Decimal { precision: 38, scale: 0 },
            )),
            ("SERVERPROPERTY", [property]) => Ok(variant(self.server_property(property)?)),
            ("CONNECTIONPROPERTY", [property]) => Ok(variant(self.connection_property(property)?)),
            ("ERROR_NUMBER" | "ERROR_SEVERITY" | "ERROR_STATE" | "ERROR_MESSAGE", []) => Ok(self.caught(function)),
            _ if is_function(function) => {
                let count = arguments.len();
                Err(SqlError::unsupported(format_args!("the function {function} with {count} argument(s)")))
            }
            _ => {
                let text = format!("'{}' is not a recognized built-in function name.", function.to_lowercase());
                Err(SqlError::new(195, 15, text))
            }
        }
    }

    /// Translates a global variable, such as `@@ROWCOUNT`.
    pub(super) fn global(&mut self, variable: &str) -> Result<TypedSql, SqlError> {
        let context = self.context;
        let number = |number: i64, sql_type| Ok(TypedSql::new(number.to_string(), sql_type));
        match variable.to_uppercase().as_str() {
            "@@ROWCOUNT" => number(context.row_count, SqlType::Int),
            "@@TRANCOUNT" => number(context.transactions.into(), SqlType::Int),
            "@@ERROR" => number(context.last_error.into(), SqlType::Int),
            "@@SPID" => number(context.session_id.into(), SqlType::SmallInt),
            "@@IDENTITY" => self.metadata("SCOPE_IDENTITY", &[]),
            "@@SERVERNAME" => Ok(TypedSql::new(quote_literal(&context.server_name), NAME)),
            "@@VERSION" => Ok(TypedSql::new(quote_literal(VERSION_TEXT), SqlType::nvarchar(300))),
            _ => Err(SqlError::undeclared(variable)),
        }
    }

    fn database_id(&self, database: &str) -> Result<TypedSql, SqlError> {
        lookup(format!("SELECT id FROM server.stand_in_database WHERE name = {database}"))
    }

    /// IS_ROLEMEMBER: 1, 0, or NULL if the role or the principal does not exist. The owner is a member of every role.
    fn is_member(&self, role: &str, principal: &str) -> Result<TypedSql, SqlError> {
        if self.context.user == User::Owner && principal == "'dbo'" {
            return lookup(format!("SELECT 1 FROM stand_in_principal WHERE name = {role}"));
        }
        let id = format!("SELECT id FROM stand_in_principal WHERE name = {principal}");
        let roles = ROLES.replace("VALUES (?1)", &id);
        lookup(format!(
            "{roles} SELECT r.id IN held FROM stand_in_principal AS r WHERE r.name = {role} AND r.kind = 'R' AND \
             EXISTS ({id})"
        ))
    }

    /// HAS_PERMS_BY_NAME: 1, 0, or NULL if there is no such object. The rule is that of
    /// [`crate::store::permissions::require`].
    fn has_permission(&self, object: &str, permission: &str) -> Result<TypedSql, SqlError> {
        let found = format!("FROM stand_in_object AS o WHERE o.name = tsql_object_name({object})");
        let Some(permission) = Permission::ALL.into_iter().find(|this| this.name().eq_ignore_ascii_case(permission))
        else {
            return Err(SqlError::unsupported(format_args!("HAS_PERMS_BY_NAME for {permission}")));
        };
        match &self.context.user {
            User::Owner => lookup(format!("SELECT 1 {found}")),
            User::Named { id, .. } => {
                let (held, granted) = (ROLES.replace("?1", &id.to_string()), permission.held("o.id"));
                lookup(format!("{held} SELECT {granted} {found}"))
            }
        }
    }

    fn caught(&self, function: &str) -> TypedSql {
        let Some(error) = &self.context.caught else { return TypedSql::new("NULL", SqlType::Int) };
        match function {
            "ERROR_NUMBER" => TypedSql::new(error.number.to_string(), SqlType::Int),
            "ERROR_SEVERITY" => TypedSql::new(error.class.to_string(), SqlType::Int),
            "ERROR_STATE" => TypedSql::new(error.state.to_string(), SqlType::Int),
            _ => TypedSql::new(quote_literal(&error.message), SqlType::nvarchar(4000)),
        }
    }

    fn server_property(&self, property: &Expr) -> Result<Option<String>, SqlError> {
        Ok(match literal_text(property)?.to_lowercase().as_str() {
            "servername" | "machinename" => Some(self.context.server_name.clone()),
            "productversion" => Some(PRODUCT_VERSION.to_owned()),
            "productlevel" => Some("RTM".to_owned()),
            "edition" => Some("Stand-in for tests".to_owned()),
            "collation" => Some(COLLATION_NAME.to_owned()),
            _ => None,
        })
    }

    fn connection_property(&self, property: &Expr) -> Result<Option<String>, SqlError> {
        Ok(match literal_text(property)?.to_lowercase().as_str() {
            "auth_scheme" => Some(self.context.auth_scheme.to_owned()),
            "net_transport" | "physical_net_transport" => Some("TCP".to_owned()),
            "protocol_type" => Some("TSQL".to_owned()),
            "client_net_address" => Some(self.context.client_address.clone()),
            _ => None,
        })
    }
}

/// An int found by a query on the catalog, or NULL.
fn lookup(query: String) -> Result<TypedSql, SqlError> {
    Ok(TypedSql::new(format!("({query})"), SqlType::Int))
}

fn variant(value: Option<String>) -> TypedSql {
    TypedSql::new(value.map_or_else(|| "NULL".to_owned(), |value| quote_literal(&value)), SqlType::Variant)
}

fn literal_text(expr: &Expr) -> Result<&str, SqlError> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::NationalStringLiteral(text) => Ok(text),
            other => Err(SqlError::syntax(other)),
        },
        other => Err(SqlError::unsupported(format_args!("{other} as a property name; write a literal"))),
    }
}
