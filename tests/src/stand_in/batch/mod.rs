//! A batch as its steps: T-SQL's procedural statements around the statements that `sqlparser` reads.
//!
//! `sqlparser` is the grammar of all queries, of DML and most of DDL. What it does not take – `EXEC @r = …`, TRY … CATCH,
//! logins and users, several columns in ALTER TABLE … ADD – is read here, from the same tokens.

mod parse;
mod principals;
mod tokens;
mod variables;

use sqlparser::ast::{ColumnDef, DataType, Expr, ObjectName, Statement, TableConstraint};

pub(crate) use parse::{parse, parse_declarations};

/// One step of a batch.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Sql(Box<Statement>),
    Block(Vec<Step>),
    If { condition: Expr, then: Box<Step>, otherwise: Option<Box<Step>> },
    While { condition: Expr, body: Box<Step> },
    Declare(Vec<Declaration>),
    Set { variable: String, value: Expr },
    Option { name: String, value: String },
    ExecuteText(Expr),
    Execute { result: Option<String>, procedure: String, arguments: Vec<(Option<String>, Expr)> },
    Begin,
    Commit,
    Rollback,
    Try { body: Vec<Step>, handler: Vec<Step> },
    Throw(Option<Box<[Expr; 3]>>),
    Print(Expr),
    WaitFor(Expr),
    Return,
    Use(String),
    Alter { table: ObjectName, change: TableChange },
    Principal(Principal),
}

/// `@name type [= value]`.
#[derive(Debug, Clone)]
pub(crate) struct Declaration {
    pub(crate) variable: String,
    pub(crate) data_type: DataType,
    pub(crate) value: Option<Expr>,
}

/// What ALTER TABLE does.
#[derive(Debug, Clone)]
pub(crate) enum TableChange {
    AddColumns(Vec<ColumnDef>),
    AddConstraint(Box<TableConstraint>),
    AlterColumn(ColumnDef),
}

/// Statements on logins, and on what lies in a database.
#[derive(Debug, Clone)]
pub(crate) enum Principal {
    /// One without a password is from Windows.
    CreateLogin {
        name: String,
        password: Option<String>,
    },
    /// `ALTER SERVER ROLE sysadmin ADD MEMBER`.
    AddSysadmin {
        login: String,
    },
    InDatabase(DatabasePrincipal),
}

/// Statements on the users, roles and permissions of a database.
#[derive(Debug, Clone)]
pub(crate) enum DatabasePrincipal {
    CreateUser {
        name: String,
        login: String,
    },
    CreateRole {
        name: String,
    },
    AddMember {
        role: String,
        member: String,
    },
    DropMember {
        role: String,
        member: String,
    },
    /// `denied`: false is GRANT, true DENY, nothing REVOKE.
    Permit {
        denied: Option<bool>,
        permissions: Vec<String>,
        object: ObjectName,
        grantees: Vec<String>,
    },
}
