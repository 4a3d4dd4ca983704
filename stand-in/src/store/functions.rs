//! The SQLite functions and the collation that translated statements use.

use super::collation::{compare, remove_accents};
use super::like::like;
use super::stored_values::StoredValues;
use crate::error::SqlError;
use crate::types::convert::{convert, power_of_ten, rescale, units};
use crate::types::{COLLATION, SqlType};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

/// Registers all of them with a connection.
pub(crate) fn register(connection: &Connection) -> Result<()> {
    connection.create_collation(COLLATION, compare)?;
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("tsql_convert", 3, pure, |ctx| converted(ctx))?;
    connection.create_scalar_function("tsql_store", 6, pure, |ctx| stored(ctx))?;
    connection.create_scalar_function("tsql_like", 4, pure, |ctx| matches(ctx))?;
    connection.create_scalar_function("tsql_unaccented", 1, pure, |ctx| {
        on_text(ctx, |text| Value::Text(remove_accents(text)))
    })?;
    connection.create_scalar_function("tsql_divide", 3, pure, |ctx| quotient(ctx, false))?;
    connection.create_scalar_function("tsql_remainder", 2, pure, |ctx| quotient(ctx, true))?;
    connection
        .create_scalar_function("tsql_offset", 1, pure, |ctx| window(ctx, 0, 10742, "offset specified in a OFFSET"))?;
    connection.create_scalar_function("tsql_fetch", 1, pure, |ctx| {
        window(ctx, 1, 10744, "number of rows provided for a FETCH")
    })?;
    connection.create_scalar_function("tsql_len", 1, pure, |ctx| {
        on_text(ctx, |text| Value::Integer(i64::try_from(units(text.trim_end_matches(' '), true)).unwrap_or(i64::MAX)))
    })?;
    connection
        .create_scalar_function("tsql_upper", 1, pure, |ctx| on_text(ctx, |text| Value::Text(text.to_uppercase())))?;
    connection
        .create_scalar_function("tsql_lower", 1, pure, |ctx| on_text(ctx, |text| Value::Text(text.to_lowercase())))?;
    connection.create_scalar_function("tsql_quotename", 1, pure, |ctx| on_text(ctx, quote_name))?;
    connection.create_scalar_function("tsql_object_name", 1, pure, |ctx| on_text(ctx, object_name))?;
    connection.create_scalar_function("tsql_datediff", 1, pure, |ctx| date_difference(ctx))?;
    connection.create_scalar_function("tsql_newid", 0, FunctionFlags::SQLITE_UTF8, |_| {
        Ok(uuid::Uuid::new_v4().hyphenated().to_string().to_uppercase())
    })
}

/// The type that an argument names. Parsed once per statement.
fn type_argument(context: &Context<'_>, index: usize) -> Result<SqlType> {
    let position = i32::try_from(index).unwrap_or_default();
    let sql_type = context.get_or_create_aux(position, |value| -> std::result::Result<SqlType, SqlError> {
        let name = value.as_str().map_err(|_| SqlError::syntax("type"))?;
        if name == "null" { Ok(SqlType::Null) } else { name.parse() }
    })?;
    Ok(*sql_type)
}

/// `tsql_convert(value, from, to)`.
fn converted(context: &Context<'_>) -> Result<Value> {
    Ok(convert(context.get(0)?, type_argument(context, 1)?, type_argument(context, 2)?)?)
}

/// `tsql_store(value, from, to, nullable, table, column)`: converts and checks a value for a column.
fn stored(context: &Context<'_>) -> Result<Value> {
    let value: Value = context.get(0)?;
    let (from, to) = (type_argument(context, 1)?, type_argument(context, 2)?);
    let nullable: bool = context.get(3)?;
    let target = |index| context.get_raw(index).as_str().unwrap_or_default();
    if value == Value::Null && !nullable {
        let (table, column) = (target(4), target(5));
        let text = format!(
            "Cannot insert the value NULL into column '{column}', table '{table}'; column does not allow nulls."
        );
        return Err(SqlError { state: 2, ..SqlError::new(515, 16, text) }.into());
    }
    if let (Value::Text(text), SqlType::Text { national, length: Some(most) }) = (&value, to)
        // Excess blanks are cut silently.
        && units(text.trim_end_matches(' '), national) > usize::from(most)
    {
        let kept: String = text.chars().take(usize::from(most)).collect();
        let (table, column) = (target(4), target(5));
        let text = format!(
            "String or binary data would be truncated in table '{table}', column '{column}'. Truncated value: '{kept}'."
        );
        return Err(SqlError::new(2628, 16, text).into());
    }
    let value = convert(value, from, to)?;
    StoredValues::note(target(5), &value, to);
    Ok(value)
}

/// `tsql_like(text, pattern, escape, is_binary)`.
fn matches(context: &Context<'_>) -> Result<Option<bool>> {
    let (ValueRef::Text(_), ValueRef::Text(_)) = (context.get_raw(0), context.get_raw(1)) else { return Ok(None) };
    let (text, pattern): (String, String) = (context.get(0)?, context.get(1)?);
    let escape: Option<String> = context.get(2)?;
    let escape = match escape.as_deref().map(|escape| (escape.chars().next(), escape.chars().count())) {
        None => None,
        Some((Some(letter), 1)) => Some(letter),
        Some(_) => {
            let text = format!(
                "The invalid escape character \"{}\" was specified in a LIKE predicate.",
                escape.unwrap_or_default()
            );
            return Err(SqlError::new(506, 16, text).into());
        }
    };
    Ok(Some(like(&text, &pattern, escape, context.get(3)?)))
}

/// `tsql_divide(a, b, shift)`, which multiplies an integer `a` by 10^`shift` first, or `tsql_remainder(a, b)`.
fn quotient(context: &Context<'_>, remainder: bool) -> Result<Value> {
    let by_zero = || SqlError::new(8134, 16, "Divide by zero error encountered.");
    match (context.get::<Value>(0)?, context.get::<Value>(1)?) {
        (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
        (_, Value::Integer(0)) => Err(by_zero().into()),
        (_, Value::Real(0.0)) => Err(by_zero().into()),
        (Value::Integer(a), Value::Integer(b)) if remainder => Ok(Value::Integer(a.wrapping_rem(b))),
        (Value::Integer(a), Value::Integer(b)) => {
            power_of_ten(context.get(2)?)?;
            let shifted = rescale(i128::from(a), 0, context.get(2)?) / i128::from(b);
            Ok(Value::Integer(i64::try_from(shifted).map_err(|_| SqlError::overflow("numeric"))?))
        }
        (Value::Real(a), Value::Real(b)) if !remainder => Ok(Value::Real(a / b)),
        _ => Err(SqlError::new(402, 16, "The data types are incompatible in the divide operator.").into()),
    }
}

/// Checks the row count of OFFSET or FETCH.
fn window(context: &Context<'_>, least: i64, number: i32, what: &str) -> Result<i64> {
    let rows: i64 = context.get::<Option<i64>>(0)?.unwrap_or(-1);
    if rows >= least {
        return Ok(rows);
    }
    let verb = if least == 0 { "may not be negative" } else { "must be greater then zero" };
    Err(SqlError::new(number, 15, format!("The {what} clause {verb}.")).into())
}

/// Checks the result of DATEDIFF, which is an int ("DATEDIFF (Transact-SQL)").
fn date_difference(context: &Context<'_>) -> Result<Option<i64>> {
    let difference: Option<i64> = context.get(0)?;
    if difference.is_some_and(|difference| i32::try_from(difference).is_err()) {
        let text = "The datediff function resulted in an overflow. The number of dateparts separating two date/time \
            instances is too large. Try to use datediff with a less precise datepart.";
        return Err(SqlError { state: 0, ..SqlError::new(535, 16, text) }.into());
    }
    Ok(difference)
}

fn on_text(context: &Context<'_>, answer: impl FnOnce(&str) -> Value) -> Result<Value> {
    Ok(context.get::<Option<String>>(0)?.map_or(Value::Null, |text| answer(&text)))
}

/// QUOTENAME. NULL for more than 128 characters.
fn quote_name(name: &str) -> Value {
    if units(name, true) > 128 {
        return Value::Null;
    }
    Value::Text(format!("[{}]", name.replace(']', "]]")))
}

/// The object in `dbo.Books` or `[dbo].[Books]`, for OBJECT_ID. NULL in another schema.
fn object_name(name: &str) -> Value {
    let part = |part: &str| part.trim().trim_start_matches('[').trim_end_matches(']').replace("]]", "]");
    match name.rsplit_once('.') {
        None => Value::Text(part(name)),
        Some((schema, name)) => {
            let schema = part(schema.rsplit('.').next().unwrap_or_default());
            if schema.is_empty() || schema.eq_ignore_ascii_case("dbo") { Value::Text(part(name)) } else { Value::Null }
        }
    }
}
