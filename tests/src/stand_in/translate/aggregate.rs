//! Aggregates and ranking functions, alone or OVER a window.

use super::super::error::SqlError;
use super::super::types::SqlType;
use super::predicate::collated;
use super::{Translator, Typed, coerced, only_if};
use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, WindowSpec, WindowType,
};

impl Translator<'_> {
    /// The call as an aggregate, if `function` names one.
    pub(super) fn aggregate(&mut self, function: &str, call: &Function) -> Result<Option<Typed>, SqlError> {
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
            return Ok(Some(Typed::new(format!("{}(){over}", function.to_lowercase()), SqlType::BigInt)));
        }
        let groups = if over.is_empty() {
            self.scope().aggregates = true;
            self.scope().groups.take()
        } else {
            None
        };
        let result = self.aggregated(function, call, &over);
        if groups.is_some() {
            self.scope().groups = groups;
        }
        result.map(Some)
    }

    fn aggregated(&mut self, function: &str, call: &Function, over: &str) -> Result<Typed, SqlError> {
        let (distinct, argument) = argument(call)?;
        let count_type = if function == "COUNT_BIG" { SqlType::BigInt } else { SqlType::Int };
        let Some(argument) = argument else {
            only_if(function.starts_with("COUNT"), "* as the argument of this aggregate")?;
            return Ok(Typed::new(format!("count(*){over}"), count_type));
        };
        let value = self.scalar(argument)?;
        let (sql_type, sql) = (value.sql_type, collated(value.sql.clone(), value.sql_type));
        Ok(match function {
            "COUNT" | "COUNT_BIG" => Typed::new(format!("count({distinct}{sql}){over}"), count_type),
            "MIN" | "MAX" => Typed::new(format!("{}({distinct}{sql}){over}", function.to_lowercase()), sql_type),
            "SUM" => {
                let result = sum_type(sql_type)?;
                let sum = Typed::new(format!("sum({distinct}{sql}){over}"), widest(result));
                Typed::new(coerced(&sum, result), result)
            }
            _ => average(&format!("{distinct}{sql}"), sql_type, over)?,
        })
    }

    fn over(&mut self, spec: &WindowSpec) -> Result<String, SqlError> {
        only_if(spec.window_name.is_none() && spec.window_frame.is_none(), "window frames")?;
        let partition = spec.partition_by.iter().map(|key| self.scalar(key).map(|key| collated(key.sql, key.sql_type)));
        let partition = partition.collect::<Result<Vec<_>, _>>()?;
        let order = spec.order_by.iter().map(|key| self.order_key(key, &[])).collect::<Result<Vec<_>, _>>()?;
        let clause = |word: &str, keys: &[String]| match keys {
            [] => String::new(),
            keys => format!("{word} {} ", keys.join(", ")),
        };
        Ok(format!(" OVER ({}{})", clause("PARTITION BY", &partition), clause("ORDER BY", &order)))
    }
}

/// DISTINCT or nothing, and the argument; none for `*`.
fn argument(call: &Function) -> Result<(&'static str, Option<&Expr>), SqlError> {
    let FunctionArguments::List(list) = &call.args else { return Err(SqlError::syntax(&call.name)) };
    only_if(list.clauses.is_empty(), "clauses among the arguments of an aggregate")?;
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

/// The type in which SQLite adds up; an int's sum is checked against int afterwards.
fn widest(sql_type: SqlType) -> SqlType {
    if sql_type == SqlType::Int { SqlType::BigInt } else { sql_type }
}

fn average(sql: &str, sql_type: SqlType, over: &str) -> Result<Typed, SqlError> {
    let result = sum_type(sql_type)?;
    let (sum, count) = (format!("sum({sql}){over}"), format!("nullif(count({sql}){over}, 0)"));
    Ok(match result {
        SqlType::Decimal { scale, .. } => {
            let wide = scale.max(6);
            let sql_type = SqlType::Decimal { precision: 38, scale: wide };
            Typed::new(format!("tsql_divide({sum}, {count}, {})", wide - scale), sql_type)
        }
        SqlType::Float => Typed::new(format!("avg({sql}){over}"), SqlType::Float),
        result => Typed::new(format!("tsql_divide({sum}, {count}, 0)"), result),
    })
}
