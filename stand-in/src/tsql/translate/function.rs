//! T-SQL's scalar functions.

use super::predicate::compare;
use super::{Translator, TypedSql, convert_sql, require_supported};
use crate::error::SqlError;
use crate::types::SqlType;
use crate::types::temporal;
use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments};

impl Translator<'_> {
    pub(super) fn function(&mut self, call: &Function) -> Result<TypedSql, SqlError> {
        require_supported(!call.uses_odbc_syntax && call.within_group.is_empty(), "ODBC escapes and WITHIN GROUP")?;
        require_supported(call.filter.is_none() && call.null_treatment.is_none(), "FILTER and IGNORE NULLS")?;
        let function = call.name.to_string().to_uppercase();
        if let Some(aggregate) = self.aggregate(&function, call)? {
            return Ok(aggregate);
        }
        require_supported(call.over.is_none(), &format!("{function} with OVER"))?;
        let arguments = plain_arguments(call)?;
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
                Ok(TypedSql::new(format!("substr({}, 1, tsql_offset({length}))", text.sql), text.sql_type))
            }
            ("RIGHT", [text, length]) => {
                let (text, length) = (self.scalar(text)?, self.integer(length)?);
                let sql = format!("substr({0}, max(1, length({0}) + 1 - tsql_offset({length})))", text.sql);
                Ok(TypedSql::new(sql, text.sql_type))
            }
            ("QUOTENAME", [name]) => self.call("tsql_quotename", name, SqlType::nvarchar(258)),
            ("ABS", [number]) => self.keeping_type("abs", number),
            ("NEWID", []) => Ok(TypedSql::new("tsql_newid()", SqlType::Guid)),
            ("GETDATE" | "CURRENT_TIMESTAMP", []) => {
                let now = temporal::to_datetime_grain(self.context.local_now());
                Ok(TypedSql::new(now.to_string(), SqlType::DateTime))
            }
            ("GETUTCDATE", []) => {
                let now = temporal::to_datetime_grain(self.context.now);
                Ok(TypedSql::new(now.to_string(), SqlType::DateTime))
            }
            // The only use of datetimeoffset that the stand-in supports.
            ("DATEPART", [part, now])
                if part.to_string().eq_ignore_ascii_case("TZOFFSET")
                    && now.to_string().eq_ignore_ascii_case("SYSDATETIMEOFFSET()") =>
            {
                Ok(TypedSql::new(self.context.utc_offset.to_string(), SqlType::Int))
            }
            ("DATEDIFF", [part, from, until]) => self.date_diff(part, from, until),
            ("DATEDIFF_BIG", [part, from, until]) => self.date_diff_big(part, from, until),
            ("DATEADD", [part, count, from]) => self.date_add(part, count, from),
            ("SYSDATETIME", []) => Ok(TypedSql::new(self.context.local_now().to_string(), SqlType::DateTime2(7))),
            ("SYSUTCDATETIME", []) => Ok(TypedSql::new(self.context.now.to_string(), SqlType::DateTime2(7))),
            (_, arguments) => self.metadata(&function, arguments),
        }
    }

    /// Calls a SQLite function on one text argument.
    pub(super) fn call(&mut self, function: &str, argument: &Expr, result: SqlType) -> Result<TypedSql, SqlError> {
        Ok(TypedSql::new(format!("{function}({})", self.text(argument)?), result))
    }

    fn keeping_type(&mut self, function: &str, argument: &Expr) -> Result<TypedSql, SqlError> {
        let value = self.scalar(argument)?;
        Ok(TypedSql::new(format!("{function}({})", value.sql), value.sql_type))
    }

    pub(super) fn trim(&mut self, function: &str, text: &Expr) -> Result<TypedSql, SqlError> {
        let value = self.scalar(text)?;
        Ok(TypedSql::new(format!("{function}({}, ' ')", value.sql), value.sql_type))
    }

    pub(super) fn substring(
        &mut self,
        text: &Expr,
        from: Option<&Expr>,
        length: Option<&Expr>,
    ) -> Result<TypedSql, SqlError> {
        let (Some(from), Some(length)) = (from, length) else {
            return Err(SqlError::new(174, 15, "The substring function requires 3 argument(s)."));
        };
        let (text, from, length) = (self.scalar(text)?, self.integer(from)?, self.integer(length)?);
        let start = format!("max(1, {from})");
        let count = format!("max(0, {length} + min(0, {from} - 1))");
        Ok(TypedSql::new(format!("substr({}, {start}, {count})", text.sql), text.sql_type))
    }

    fn integer(&mut self, expr: &Expr) -> Result<String, SqlError> {
        let value = self.scalar(expr)?;
        Ok(convert_sql(&value, SqlType::Int))
    }

    /// ISNULL: the result has the type of the first argument.
    fn is_null(&mut self, value: &Expr, instead: &Expr) -> Result<TypedSql, SqlError> {
        let (value, instead) = (self.scalar(value)?, self.scalar(instead)?);
        let sql_type = if value.sql_type == SqlType::Null { instead.sql_type } else { value.sql_type };
        Ok(TypedSql::new(format!("ifnull({}, {})", value.sql, convert_sql(&instead, sql_type)), sql_type))
    }

    fn coalesce(&mut self, arguments: &[&Expr]) -> Result<TypedSql, SqlError> {
        let values = arguments.iter().map(|value| self.scalar(value)).collect::<Result<Vec<_>, _>>()?;
        let sql_type = values.iter().fold(SqlType::Null, |common, value| common.common(value.sql_type));
        let values: Vec<_> = values.iter().map(|value| convert_sql(value, sql_type)).collect();
        Ok(TypedSql::new(format!("coalesce({})", values.join(", ")), sql_type))
    }

    fn null_if(&mut self, value: &Expr, other: &Expr) -> Result<TypedSql, SqlError> {
        let (value, other) = (self.scalar(value)?, self.scalar(other)?);
        let same = compare(&value, "=", &other);
        Ok(TypedSql::new(format!("CASE WHEN {same} THEN NULL ELSE {} END", value.sql), value.sql_type))
    }

    fn iif(&mut self, condition: &Expr, yes: &Expr, no: &Expr) -> Result<TypedSql, SqlError> {
        let (test, yes, no) = (self.predicate(condition)?, self.scalar(yes)?, self.scalar(no)?);
        let sql_type = yes.sql_type.common(no.sql_type);
        let sql =
            format!("CASE WHEN {test} THEN {} ELSE {} END", convert_sql(&yes, sql_type), convert_sql(&no, sql_type));
        Ok(TypedSql::new(sql, sql_type))
    }

    /// CONCAT: NULL counts as empty text.
    fn concat(&mut self, arguments: &[&Expr]) -> Result<TypedSql, SqlError> {
        let parts = arguments.iter().map(|part| Ok(format!("ifnull({}, '')", self.text(part)?)));
        let parts = parts.collect::<Result<Vec<_>, SqlError>>()?;
        Ok(TypedSql::new(format!("({})", parts.join(" || ")), SqlType::nvarchar(4000)))
    }
}

/// The arguments of a call that has plain expressions only.
pub(super) fn plain_arguments(call: &Function) -> Result<Vec<&Expr>, SqlError> {
    require_supported(matches!(call.parameters, FunctionArguments::None), "function calls with two argument lists")?;
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
