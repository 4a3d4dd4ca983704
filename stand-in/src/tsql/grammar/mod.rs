//! The grammar of T-SQL: a batch becomes a list of steps.
//!
//! `sqlparser` parses queries, DML and most DDL. This module parses the rest from the same tokens: procedural
//! statements, `EXEC @r = …`, TRY … CATCH, logins and users, several columns in ALTER TABLE … ADD.

mod batch;
mod lexer;
mod principals;
mod schema;
mod variables;

use sqlparser::ast::{ColumnDef, DataType, Expr, ObjectName, Statement, TableConstraint};

pub(crate) use batch::{parse, parse_declarations};

/// A step and where it starts.
#[derive(Debug, Clone)]
pub(crate) struct NumberedStep {
    /// The line of the batch, from 1.
    pub(crate) line: u64,
    pub(crate) step: Step,
}

/// One step of a batch.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Sql(Box<Statement>),
    Block(Vec<NumberedStep>),
    If {
        condition: Expr,
        then: Box<NumberedStep>,
        otherwise: Option<Box<NumberedStep>>,
    },
    While {
        condition: Expr,
        body: Box<NumberedStep>,
    },
    Declare(Vec<Declaration>),
    Set {
        variable: String,
        value: Expr,
    },
    Option {
        name: String,
        value: String,
    },
    ExecuteText(Expr),
    Execute {
        result: Option<String>,
        procedure: String,
        arguments: Vec<(Option<String>, Expr)>,
    },
    Begin,
    Commit,
    Rollback,
    Try {
        body: Vec<NumberedStep>,
        handler: Vec<NumberedStep>,
    },
    Throw(Option<Box<[Expr; 3]>>),
    Print(Expr),
    WaitFor(Expr),
    Return,
    Use(String),
    Alter {
        table: ObjectName,
        change: TableChange,
    },
    DropIndex {
        name: String,
        table: ObjectName,
    },
    /// `ALTER DATABASE … SET READ_COMMITTED_SNAPSHOT ON` or `OFF`.
    SnapshotReads {
        database: String,
        on: bool,
    },
    Principal(PrincipalStatement),
}

/// `@name type [= value]`.
#[derive(Debug, Clone)]
pub(crate) struct Declaration {
    pub(crate) variable: String,
    pub(crate) data_type: DataType,
    pub(crate) value: Option<Expr>,
    /// Whether it is an OUTPUT parameter.
    pub(crate) is_output: bool,
}

/// What ALTER TABLE does.
#[derive(Debug, Clone)]
pub(crate) enum TableChange {
    AddColumns(Vec<ColumnDef>),
    AddConstraint(Box<TableConstraint>),
    AddDefault { name: String, value: Box<Expr>, column: String },
    AlterColumn(ColumnDef),
    DropConstraint(String),
}

/// A statement on logins, users, roles or permissions.
#[derive(Debug, Clone)]
pub(crate) enum PrincipalStatement {
    /// A login without a password is a Windows login.
    CreateLogin {
        name: String,
        password: Option<String>,
    },
    /// `ALTER SERVER ROLE sysadmin ADD MEMBER`.
    AddSysadmin {
        login: String,
    },
    InDatabase(DatabasePrincipalStatement),
}

/// A statement on the users, roles and permissions of a database.
#[derive(Debug, Clone)]
pub(crate) enum DatabasePrincipalStatement {
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
    /// `denied`: `Some(false)` is GRANT, `Some(true)` DENY, `None` REVOKE.
    Permit {
        denied: Option<bool>,
        permissions: Vec<String>,
        object: ObjectName,
        grantees: Vec<String>,
    },
}
