//! Calls of T-SQL's scalar functions.

use super::super::error::SqlError;
use super::super::temporal;
use super::super::types::SqlType;
use super::predicate::compared;
use super::{Translator, Typed, coerced, only_if};
use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments};

impl Translator<'_> {
    pub(super) fn function(&mut self, call: &Function) -> Result<Typed, SqlError> {
        only_if(!call.uses_odbc_syntax && call.within_group.is_empty(), "ODBC escapes and WITHIN GROUP")?;
        only_if(call.filter.is_none() && call.null_treatment.is_none(), "FILTER and IGNORE NULLS")?;
        let function = call.name.to_string().to_uppercase();
        if let Some(aggregate) = self.aggregate(&function, call)? {
            return Ok(aggregate);
        }
        only_if(call.over.is_none(), "this function with OVER")?;
        let arguments = arguments(call)?;
        match (function.as_str(), arguments.as_slice()) {
            ("ISNULL", [value, instead]) => self.is_null(value, instead),
            ("COALESCE", [_, _, ..]) => self.coalesce(&arguments),
            ("NULLIF", [value, other]) => self.null_if(value, other),
            ("IIF", [condition, yes, no]) => self.iif(condition, yes, no),
            ("CONCAT", [_, _, ..]) => self.concat(&arguments),
            ("LEN", [text]) => self.call("tsql_len", text, SqlType::Int),
            ("UPPER", [text]) => self.keeping_type("tsql_upper", text),
            ("LOWER", [text]) => self.keeping_type("tsql_lower", text),
            ("LTRIM", [text]) => self.trim("ltrim", text),
            ("RTRIM", [text]) => self.trim("rtrim", text),
            ("TRIM", [text]) => self.trim("trim", text),
            ("SUBSTRING", [text, from, length]) => self.substring(text, Some(from), Some(length)),
            ("LEFT", [text, length]) => {
                let (text, length) = (self.scalar(text)?, self.integer(length)?);
                Ok(Typed::new(format!("substr({}, 1, tsql_offset({length}))", text.sql), text.sql_type))
            }
            ("RIGHT", [text, length]) => {
                let (text, length) = (self.scalar(text)?, self.integer(length)?);
                let sql = format!("substr({0}, max(1, length({0}) + 1 - tsql_offset({length})))", text.sql);
                Ok(Typed::new(sql, text.sql_type))
            }
            ("QUOTENAME", [name]) => self.call("tsql_quotename", name, SqlType::nvarchar(258)),
            ("ABS", [number]) => self.keeping_type("abs", number),
            ("NEWID", []) => Ok(Typed::new("tsql_newid()", SqlType::Guid)),
            ("GETDATE" | "CURRENT_TIMESTAMP" | "GETUTCDATE", []) => {
                let now = temporal::to_datetime_grain(self.facts.now);
                Ok(Typed::new(now.to_string(), SqlType::DateTime))
            }
            ("DATEDIFF", [part, from, until]) => self.date_diff(part, from, until),
            ("DATEADD", [part, count, from]) => self.date_add(part, count, from),
            ("SYSDATETIME" | "SYSUTCDATETIME", []) => Ok(Typed::new(self.facts.now.to_string(), SqlType::DateTime2(7))),
            (_, arguments) => self.metadata(&function, arguments),
        }
    }

    /// A function of SQLite on one text.
    pub(super) fn call(&mut self, function: &str, argument: &Expr, result: SqlType) -> Result<Typed, SqlError> {
        Ok(Typed::new(format!("{function}({})", self.text(argument)?), result))
    }

    fn keeping_type(&mut self, function: &str, argument: &Expr) -> Result<Typed, SqlError> {
        let value = self.scalar(argument)?;
        Ok(Typed::new(format!("{function}({})", value.sql), value.sql_type))
    }

    pub(super) fn trim(&mut self, function: &str, text: &Expr) -> Result<Typed, SqlError> {
        let value = self.scalar(text)?;
        Ok(Typed::new(format!("{function}({}, ' ')", value.sql), value.sql_type))
    }

    pub(super) fn substring(
        &mut self,
        text: &Expr,
        from: Option<&Expr>,
        length: Option<&Expr>,
    ) -> Result<Typed, SqlError> {
        let (Some(from), Some(length)) = (from, length) else {
            return Err(SqlError::new(174, 15, "The substring function requires 3 argument(s)."));
        };
        let (text, from, length) = (self.scalar(text)?, self.integer(from)?, self.integer(length)?);
        let start = format!("max(1, {from})");
        let count = format!("max(0, {length} + min(0, {from} - 1))");
        Ok(Typed::new(format!("substr({}, {start}, {count})", text.sql), text.sql_type))
    }

    fn integer(&mut self, expr: &Expr) -> Result<String, SqlError> {
        let value = self.scalar(expr)?;
        Ok(coerced(&value, SqlType::Int))
    }

    /// ISNULL has the type of its first argument, whatever the second is.
    fn is_null(&mut self, value: &Expr, instead: &Expr) -> Result<Typed, SqlError> {
        let (value, instead) = (self.scalar(value)?, self.scalar(instead)?);
        let sql_type = if value.sql_type == SqlType::Null { instead.sql_type } else { value.sql_type };
        Ok(Typed::new(format!("ifnull({}, {})", value.sql, coerced(&instead, sql_type)), sql_type))
    }

    fn coalesce(&mut self, arguments: &[&Expr]) -> Result<Typed, SqlError> {
        let values = arguments.iter().map(|value| self.scalar(value)).collect::<Result<Vec<_>, _>>()?;
        let sql_type = values.iter().fold(SqlType::Null, |common, value| common.common(value.sql_type));
        let values: Vec<_> = values.iter().map(|value| coerced(value, sql_type)).collect();
        Ok(Typed::new(format!("coalesce({})", values.join(", ")), sql_type))
    }

    fn null_if(&mut self, value: &Expr, other: &Expr) -> Result<Typed, SqlError> {
        let (value, other) = (self.scalar(value)?, self.scalar(other)?);
        let same = compared(&value, "=", &other);
        Ok(Typed::new(format!("CASE WHEN {same} THEN NULL ELSE {} END", value.sql), value.sql_type))
    }

    fn iif(&mut self, condition: &Expr, yes: &Expr, no: &Expr) -> Result<Typed, SqlError> {
        let (test, yes, no) = (self.predicate(condition)?, self.scalar(yes)?, self.scalar(no)?);
        let sql_type = yes.sql_type.common(no.sql_type);
        let sql = format!("CASE WHEN {test} THEN {} ELSE {} END", coerced(&yes, sql_type), coerced(&no, sql_type));
        Ok(Typed::new(sql, sql_type))
    }

    /// CONCAT takes NULL for an empty text.
    fn concat(&mut self, arguments: &[&Expr]) -> Result<Typed, SqlError> {
        let parts = arguments.iter().map(|part| Ok(format!("ifnull({}, '')", self.text(part)?)));
        let parts = parts.collect::<Result<Vec<_>, SqlError>>()?;
        Ok(Typed::new(format!("({})", parts.join(" || ")), SqlType::nvarchar(4000)))
    }
}

/// The arguments of a call, all of them plain expressions.
pub(super) fn arguments(call: &Function) -> Result<Vec<&Expr>, SqlError> {
    only_if(matches!(call.parameters, FunctionArguments::None), "a call with two lists of arguments")?;
    let list = match &call.args {
        FunctionArguments::None => return Ok(Vec::new()),
        FunctionArguments::List(list) if list.duplicate_treatment.is_none() && list.clauses.is_empty() => list,
        other => return Err(SqlError::syntax(other)),
    };
    let plain = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expr)) => Ok(expr),
        other => Err(SqlError::syntax(other)),
    };
    list.args.iter().map(plain).collect()
}
