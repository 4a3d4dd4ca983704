//! Scalar expressions: columns, variables, literals, arithmetic, CAST, CASE.

use super::super::convert::{parse_decimal, to_code_page, units};
use super::super::error::SqlError;
use super::super::types::SqlType;
use super::{Translator, Typed, coerced, name, quoted};
use sqlparser::ast::{BinaryOperator, CaseWhen, CastKind, Expr, Ident, UnaryOperator, Value};

impl Translator<'_> {
    /// Translates an expression that has a value. In a grouped SELECT it must be made of what is grouped by.
    pub(crate) fn scalar(&mut self, expr: &Expr) -> Result<Typed, SqlError> {
        let Some(groups) = self.scope().groups.take() else { return self.bare_scalar(expr) };
        let whole = self.bare_scalar(expr);
        let found = whole.as_ref().is_ok_and(|whole| groups.contains(&whole.sql));
        self.scope().groups = Some(groups);
        if found { whole } else { self.bare_scalar(expr) }
    }

    fn bare_scalar(&mut self, expr: &Expr) -> Result<Typed, SqlError> {
        match expr {
            Expr::Nested(inner) => {
                let inner = self.scalar(inner)?;
                Ok(Typed::new(format!("({})", inner.sql), inner.sql_type))
            }
            Expr::Value(value) => literal(&value.value),
            Expr::Identifier(ident) => self.identifier(ident),
            Expr::CompoundIdentifier(parts) => self.compound(parts),
            Expr::BinaryOp { left, op, right } => self.arithmetic(left, op, right),
            Expr::UnaryOp { op, expr } => self.signed(*op, expr),
            Expr::Cast { kind: CastKind::Cast, expr, data_type, format: None } => {
                self.cast(expr, SqlType::cast_target(data_type)?)
            }
            Expr::Convert { is_try: false, expr, data_type: Some(data_type), charset: None, styles, .. } => {
                super::only_if(styles.is_empty(), "CONVERT with a style")?;
                self.cast(expr, SqlType::cast_target(data_type)?)
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            Expr::Subquery(query) => self.scalar_subquery(query),
            Expr::Function(call) => self.function(call),
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                self.substring(expr, substring_from.as_deref(), substring_for.as_deref())
            }
            Expr::Trim { trim_where: None, trim_what: None, expr, trim_characters: None } => self.trim("trim", expr),
            other => Err(SqlError::unsupported(format_args!("{other} where a value is expected"))),
        }
    }

    pub(super) fn identifier(&mut self, ident: &Ident) -> Result<Typed, SqlError> {
        let text = ident.value.as_str();
        if text.starts_with("@@") {
            return self.global(text);
        }
        if text.starts_with('@') {
            let key = text.to_lowercase();
            let variable = self.variables.get(&key).ok_or_else(|| SqlError::undeclared(text))?;
            return Ok(Typed::new(key, variable.sql_type));
        }
        if ident.quote_style.is_none() && matches!(text.to_uppercase().as_str(), "SYSTEM_USER" | "CURRENT_USER") {
            return self.niladic(text);
        }
        self.column(None, text)
    }

    fn compound(&mut self, parts: &[Ident]) -> Result<Typed, SqlError> {
        match parts {
            [table, column] => self.column(Some(&table.value), &column.value),
            [schema, table, column] if schema.value.eq_ignore_ascii_case("dbo") => {
                self.column(Some(&table.value), &column.value)
            }
            _ => Err(unbound(parts)),
        }
    }

    /// A column of the nearest scope that has one of that name.
    fn column(&mut self, qualifier: Option<&str>, column: &str) -> Result<Typed, SqlError> {
        for scope in self.scopes.iter().rev() {
            let named = |alias: &str| qualifier.is_none_or(|qualifier| qualifier.eq_ignore_ascii_case(alias));
            let sources: Vec<_> = scope.sources.iter().filter(|source| named(&source.alias)).collect();
            let mut found = sources.iter().flat_map(|source| {
                source
                    .columns
                    .iter()
                    .filter(|reachable| reachable.name.eq_ignore_ascii_case(column))
                    .map(move |it| (source, it))
            });
            let Some((source, reachable)) = found.next() else {
                if qualifier.is_some() && !sources.is_empty() {
                    return Err(SqlError::invalid_column(column));
                }
                continue;
            };
            if found.next().is_some() {
                return Err(SqlError::new(209, 16, format!("Ambiguous column name '{column}'.")));
            }
            if scope.groups.as_ref().is_some_and(|groups| !groups.contains(&reachable.typed.sql)) {
                let text = format!(
                    "Column '{}.{column}' is invalid in the select list because it is not contained in either an aggregate \
                     function or the GROUP BY clause.",
                    source.alias
                );
                return Err(SqlError::new(8120, 16, text));
            }
            return Ok(reachable.typed.clone());
        }
        match qualifier {
            None => Err(SqlError::invalid_column(column)),
            Some(table) => Err(unbound(&[Ident::new(table), Ident::new(column)])),
        }
    }

    fn arithmetic(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<Typed, SqlError> {
        if !matches!(
            op,
            BinaryOperator::Plus
                | BinaryOperator::Minus
                | BinaryOperator::Multiply
                | BinaryOperator::Divide
                | BinaryOperator::Modulo
        ) {
            return Err(SqlError::syntax(op));
        }
        let (left, right) = (self.scalar(left)?, self.scalar(right)?);
        let common = left.sql_type.common(right.sql_type);
        match common {
            SqlType::Text { .. } if *op == BinaryOperator::Plus => Ok(concatenated(&left, &right)),
            SqlType::Real | SqlType::Float => Ok(floating(&left, op, &right)),
            SqlType::Decimal { .. } => exact(&left, op, &right),
            SqlType::Bit | SqlType::TinyInt | SqlType::SmallInt | SqlType::Int | SqlType::BigInt => {
                Ok(whole(&left, op, &right, common))
            }
            other => Err(SqlError::new(
                8117,
                16,
                format!("Operand data type {} is invalid for {op} operator.", other.base_name()),
            )),
        }
    }

    fn signed(&mut self, op: UnaryOperator, expr: &Expr) -> Result<Typed, SqlError> {
        let inner = self.scalar(expr)?;
        let sign = match op {
            UnaryOperator::Minus => "-",
            UnaryOperator::Plus => "+",
            other => return Err(SqlError::syntax(other)),
        };
        if !inner.sql_type.is_number() {
            let sql_type = inner.sql_type.base_name();
            return Err(SqlError::new(
                8117,
                16,
                format!("Operand data type {sql_type} is invalid for {sign} operator."),
            ));
        }
        Ok(Typed::new(format!("({sign}{})", inner.sql), inner.sql_type))
    }

    fn cast(&mut self, expr: &Expr, to: SqlType) -> Result<Typed, SqlError> {
        let value = self.scalar(expr)?;
        let from = if value.sql_type == SqlType::Variant { SqlType::nvarchar(4000) } else { value.sql_type };
        Ok(Typed::new(coerced(&Typed::new(value.sql, from), to), to))
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        otherwise: Option<&Expr>,
    ) -> Result<Typed, SqlError> {
        let mut tests = Vec::new();
        let mut results = Vec::new();
        for CaseWhen { condition, result } in conditions {
            tests.push(match operand {
                Some(operand) => self.comparison(operand, &BinaryOperator::Eq, condition)?,
                None => self.predicate(condition)?,
            });
            results.push(self.scalar(result)?);
        }
        let otherwise = otherwise.map(|expr| self.scalar(expr)).transpose()?;
        let all = results.iter().chain(&otherwise);
        let sql_type = all.fold(SqlType::Null, |common, result| common.common(result.sql_type));
        let mut sql = String::from("CASE");
        for (test, result) in tests.iter().zip(&results) {
            sql += &format!(" WHEN {test} THEN {}", coerced(result, sql_type));
        }
        let last = otherwise.map_or_else(|| "NULL".to_owned(), |result| coerced(&result, sql_type));
        Ok(Typed::new(format!("{sql} ELSE {last} END"), sql_type))
    }
}

fn unbound(parts: &[Ident]) -> SqlError {
    let parts: Vec<&str> = parts.iter().map(|part| part.value.as_str()).collect();
    SqlError::new(4104, 16, format!("The multi-part identifier \"{}\" could not be bound.", parts.join(".")))
}

fn concatenated(left: &Typed, right: &Typed) -> Typed {
    let length = |typed: &Typed| match typed.sql_type {
        SqlType::Text { length, .. } => length,
        _ => Some(0),
    };
    let sql_type = match left.sql_type.common(right.sql_type) {
        SqlType::Text { national, .. } => {
            let most = if national { 4000 } else { 8000 };
            let length = length(left).zip(length(right)).map(|(a, b)| a.saturating_add(b).min(most));
            SqlType::Text { national, length }
        }
        other => other,
    };
    Typed::new(format!("({} || {})", left.sql, right.sql), sql_type)
}

fn floating(left: &Typed, op: &BinaryOperator, right: &Typed) -> Typed {
    let (a, b) = (coerced(left, SqlType::Float), coerced(right, SqlType::Float));
    let sql = match op {
        BinaryOperator::Divide => format!("tsql_divide({a}, {b}, 0)"),
        BinaryOperator::Modulo => format!("tsql_remainder({a}, {b})"),
        op => format!("({a} {op} {b})"),
    };
    Typed::new(sql, SqlType::Float)
}

fn whole(left: &Typed, op: &BinaryOperator, right: &Typed, common: SqlType) -> Typed {
    let (a, b) = (&left.sql, &right.sql);
    match op {
        BinaryOperator::Divide => Typed::new(format!("tsql_divide({a}, {b}, 0)"), common),
        BinaryOperator::Modulo => Typed::new(format!("tsql_remainder({a}, {b})"), common),
        op => Typed::new(coerced(&Typed::new(format!("({a} {op} {b})"), SqlType::BigInt), common), common),
    }
}

/// Decimal arithmetic with the result types of SQL Server's documentation ("Precision, scale, and length").
fn exact(left: &Typed, op: &BinaryOperator, right: &Typed) -> Result<Typed, SqlError> {
    let decimal = |typed: &Typed| match literal_digits(typed).or(typed.sql_type.as_decimal()) {
        Some((precision, scale)) => Ok((coerced(typed, SqlType::Decimal { precision, scale }), precision, scale)),
        None => Err(SqlError::unsupported(format_args!("arithmetic of a decimal and a {}", typed.sql_type))),
    };
    let ((a, p1, s1), (b, p2, s2)) = (decimal(left)?, decimal(right)?);
    let scale = s1.max(s2);
    let aligned = |sql: &str, had: u8| format!("({sql} * {})", 10_u64.saturating_pow(u32::from(scale - had)));
    let sum = (p1 - s1).max(p2 - s2) + scale + 1;
    let result = |sql: String, precision: u8, scale: u8| {
        Ok(Typed::new(sql, SqlType::Decimal { precision: precision.min(38), scale }))
    };
    match op {
        BinaryOperator::Multiply => result(format!("({a} * {b})"), p1 + p2 + 1, s1 + s2),
        BinaryOperator::Divide => {
            // SQL Server goes on to 38 digits; 18 are stored here, so a quotient keeps 12 decimals at most.
            let scale = 6.max(s1 + p2 + 1).min(12);
            result(format!("tsql_divide({a}, {b}, {})", scale + s2 - s1.min(scale + s2)), p1 - s1 + s2 + scale, scale)
        }
        BinaryOperator::Modulo => {
            result(format!("tsql_remainder({}, {})", aligned(&a, s1), aligned(&b, s2)), sum, scale)
        }
        op => result(format!("({} {op} {})", aligned(&a, s1), aligned(&b, s2)), sum, scale),
    }
}

/// In exact arithmetic a whole literal is as precise as it has digits.
fn literal_digits(typed: &Typed) -> Option<(u8, u8)> {
    let whole = typed.sql_type == SqlType::Int && typed.sql.bytes().all(|byte| byte.is_ascii_digit());
    u8::try_from(typed.sql.len()).ok().filter(|_| whole).map(|digits| (digits, 0))
}

/// A literal with the type that SQL Server gives it.
fn literal(value: &Value) -> Result<Typed, SqlError> {
    let text_type = |national: bool, text: &str| {
        let (length, most) = (units(text, national).max(1), if national { 4000 } else { 8000 });
        SqlType::Text { national, length: u16::try_from(length).ok().filter(|length| *length <= most) }
    };
    match value {
        Value::Null => Ok(Typed::new("NULL", SqlType::Null)),
        Value::Number(text, false) => number(text),
        Value::NationalStringLiteral(text) => Ok(Typed::new(quoted(text), text_type(true, text))),
        Value::SingleQuotedString(text) => {
            let text = to_code_page(text);
            Ok(Typed::new(quoted(&text), text_type(false, &text)))
        }
        Value::HexStringLiteral(digits) => {
            let length = u16::try_from(digits.len() / 2).unwrap_or(8000);
            Ok(Typed::new(format!("x'{digits}'"), SqlType::Binary { length: Some(length.max(1)) }))
        }
        Value::Placeholder(variable) => Err(SqlError::undeclared(variable)),
        other => Err(SqlError::syntax(other)),
    }
}

fn number(text: &str) -> Result<Typed, SqlError> {
    if let Ok(number) = text.parse::<i32>() {
        return Ok(Typed::new(number.to_string(), SqlType::Int));
    }
    if text.contains(['e', 'E']) {
        return Ok(Typed::new(text, SqlType::Float));
    }
    let (digits, scale) = parse_decimal(text).ok_or_else(|| SqlError::syntax(text))?;
    let digits = i64::try_from(digits).map_err(|_| SqlError::overflow("numeric"))?;
    let precision = u8::try_from(digits.to_string().len()).unwrap_or(38).max(scale).max(1);
    Ok(Typed::new(digits.to_string(), SqlType::Decimal { precision, scale }))
}

/// The reference to a column of a source.
pub(super) fn reference(source: &str, column: &str) -> String {
    format!("{}.{}", name(source), name(column))
}
