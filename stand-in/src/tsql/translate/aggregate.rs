//! Aggregates and ranking functions, with and without OVER.

use super::predicate::with_collation;
use super::{Translator, TypedSql, convert_sql, require_supported};
use crate::error::SqlError;
use crate::types::SqlType;
use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, WindowSpec, WindowType,
};

impl Translator<'_> {
    /// Translates the call, if `function` is an aggregate or a ranking function.
    pub(super) fn aggregate(&mut self, function: &str, call: &Function) -> Result<Option<TypedSql>, SqlError> {
        let ranking = matches!(function, "ROW_NUMBER" | "RANK" | "DENSE_RANK");
        if !ranking && !matches!(function, "COUNT" | "COUNT_BIG" | "MIN" | "MAX" | "SUM" | "AVG") {
            return Ok(None);
        }
        let over = match &call.over {
            Some(WindowType::WindowSpec(spec)) => self.over(spec)?,
            Some(WindowType::NamedWindow(_)) => return Err(SqlError::unsupported("named windows")),
            None if ranking => {
                return Err(SqlError::new(10753, 15, format!("The function '{function}' must have an OVER clause.")));
            }
            None => String::new(),
        };
        if ranking {
            return Ok(Some(TypedSql::new(format!("{}(){over}", function.to_lowercase()), SqlType::BigInt)));
        }
        let groups = if over.is_empty() {
            self.scope().aggregates = true;
            self.scope().groups.take()
        } else {
            None
        };
        let result = self.aggregate_call(function, call, &over);
        if groups.is_some() {
            self.scope().groups = groups;
        }
        result.map(Some)
    }

    fn aggregate_call(&mut self, function: &str, call: &Function, over: &str) -> Result<TypedSql, SqlError> {
        let (distinct, argument) = argument(call)?;
        let count_type = if function == "COUNT_BIG" { SqlType::BigInt } else { SqlType::Int };
        let Some(argument) = argument else {
            require_supported(function.starts_with("COUNT"), "* as the argument of this aggregate")?;
            return Ok(TypedSql::new(format!("count(*){over}"), count_type));
        };
        let value = self.scalar(argument)?;
        let (sql_type, sql) = (value.sql_type, with_collation(value.sql.clone(), value.sql_type));
        Ok(match function {
            "COUNT" | "COUNT_BIG" => TypedSql::new(format!("count({distinct}{sql}){over}"), count_type),
            "MIN" | "MAX" => TypedSql::new(format!("{}({distinct}{sql}){over}", function.to_lowercase()), sql_type),
            "SUM" => {
                let result = sum_type(sql_type)?;
                let sum = TypedSql::new(format!("sum({distinct}{sql}){over}"), widest(result));
                TypedSql::new(convert_sql(&sum, result), result)
            }
            _ => average(&format!("{distinct}{sql}"), sql_type, over)?,
        })
    }

    fn over(&mut self, spec: &WindowSpec) -> Result<String, SqlError> {
        require_supported(spec.window_name.is_none() && spec.window_frame.is_none(), "window frames")?;
        let partition =
            spec.partition_by.iter().map(|key| self.scalar(key).map(|key| with_collation(key.sql, key.sql_type)));
        let partition = partition.collect::<Result<Vec<_>, _>>()?;
        let order = spec.order_by.iter().map(|key| self.order_key(key, &[])).collect::<Result<Vec<_>, _>>()?;
        let clause = |word: &str, keys: &[String]| match keys {
            [] => String::new(),
            keys => format!("{word} {} ", keys.join(", ")),
        };
        Ok(format!(" OVER ({}{})", clause("PARTITION BY", &partition), clause("ORDER BY", &order)))
    }
}

/// DISTINCT, if present, and the argument; `None` for `*`.
fn argument(call: &Function) -> Result<(&'static str, Option<&Expr>), SqlError> {
    let FunctionArguments::List(list) = &call.args else { return Err(SqlError::syntax(&call.name)) };
    require_supported(list.clauses.is_empty(), "clauses among the arguments of an aggregate")?;
    let distinct = match list.duplicate_treatment {
        Some(DuplicateTreatment::Distinct) => "DISTINCT ",
        Some(DuplicateTreatment::All) | None => "",
    };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)] => Ok((distinct, None)),
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(expr))] => Ok((distinct, Some(expr))),
        _ => Err(SqlError::new(174, 15, format!("The {} function requires 1 argument(s).", call.name))),
    }
}

fn sum_type(sql_type: SqlType) -> Result<SqlType, SqlError> {
    match sql_type {
        SqlType::TinyInt | SqlType::SmallInt | SqlType::Int => Ok(SqlType::Int),
        SqlType::BigInt => Ok(SqlType::BigInt),
        SqlType::Decimal { scale, .. } => Ok(SqlType::Decimal { precision: 38, scale }),
        SqlType::Real | SqlType::Float => Ok(SqlType::Float),
        other => {
            let text = format!("Operand data type {} is invalid for sum operator.", other.base_name());
            Err(SqlError::new(8117, 16, text))
        }
    }
}

/// The type in which SQLite adds. The sum of an int is checked against int's range afterwards.
fn widest(sql_type: SqlType) -> SqlType {
    if sql_type == SqlType::Int { SqlType::BigInt } else { sql_type }
}

fn average(sql: &str, sql_type: SqlType, over: &str) -> Result<TypedSql, SqlError> {
    let result = sum_type(sql_type)?;
    let (sum, count) = (format!("sum({sql}){over}"), format!("nullif(count({sql}){over}, 0)"));
    Ok(match result {
        SqlType::Decimal { scale, .. } => {
            let wide = scale.max(6);
            let sql_type = SqlType::Decimal { precision: 38, scale: wide };
            TypedSql::new(format!("tsql_divide({sum}, {count}, {})", wide - scale), sql_type)
        }
        SqlType::Float => TypedSql::new(format!("avg({sql}){over}"), SqlType::Float),
        result => TypedSql::new(format!("tsql_divide({sum}, {count}, 0)"), result),
    })
}
