//! Runs the steps of a batch: conditions, loops, variables, TRY … CATCH.

use super::{Engine, Reply};
use crate::error::SqlError;
use crate::tsql::context::{Variable, Variables};
use crate::tsql::grammar::{Declaration, NumberedStep, Step};
use crate::tsql::translate::Translator;
use crate::types::SqlType;
use crate::types::convert::convert;
use crate::types::temporal;
use crate::wire::rpc::Parameter;
use rusqlite::types::Value;
use sqlparser::ast::Expr;
use std::time::{Duration, Instant};

/// Whether the batch continues after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepOutcome {
    Continue,
    Return,
}

impl Engine {
    pub(super) fn steps(
        &mut self,
        steps: &[NumberedStep],
        variables: &mut Variables,
        reply: &mut Reply,
    ) -> Result<StepOutcome, SqlError> {
        for NumberedStep { line, step } in steps {
            let located =
                |error: SqlError| SqlError { line: if error.line == 0 { *line } else { error.line }, ..error };
            match self.step(step, variables, reply).map_err(located) {
                Ok(StepOutcome::Continue) => {}
                Ok(StepOutcome::Return) => return Ok(StepOutcome::Return),
                Err(error) if error.ends_statement_only() && !self.options.abort_transaction && self.tries == 0 => {
                    self.context.last_error = error.number;
                    self.context.row_count = 0;
                    reply.error(&error);
                    reply.failed();
                }
                Err(error) => return Err(error),
            }
        }
        Ok(StepOutcome::Continue)
    }

    fn step(&mut self, step: &Step, variables: &mut Variables, reply: &mut Reply) -> Result<StepOutcome, SqlError> {
        if self.is_cancelled() {
            return Err(SqlError::cancelled());
        }
        self.context.now = temporal::now();
        match step {
            Step::Block(steps) => return self.steps(steps, variables, reply),
            Step::If { condition, then, otherwise } => {
                return match (self.holds(condition, variables)?, otherwise) {
                    (true, _) => self.steps(std::slice::from_ref(then), variables, reply),
                    (false, Some(otherwise)) => self.steps(std::slice::from_ref(otherwise), variables, reply),
                    (false, None) => Ok(StepOutcome::Continue),
                };
            }
            Step::While { condition, body } => {
                while self.holds(condition, variables)? {
                    if self.steps(std::slice::from_ref(body), variables, reply)? == StepOutcome::Return {
                        return Ok(StepOutcome::Return);
                    }
                }
            }
            Step::Try { body, handler } => return self.attempt(body, handler, variables, reply),
            Step::Return => return Ok(StepOutcome::Return),
            Step::Declare(declarations) => self.declare(declarations, variables)?,
            Step::Set { variable, value } => {
                let value = self.value(value, variables)?;
                assign(variables, variable, value)?;
                self.context.row_count = 1;
            }
            Step::Option { name, value } => self.set_option(name, value)?,
            Step::ExecuteText(text) => {
                let Value::Text(sql) = self.value(text, variables)?.value else { return Ok(StepOutcome::Continue) };
                self.dynamic_batch(&sql, &mut Variables::new(), reply)?;
            }
            Step::Execute { result, procedure, arguments } => {
                let arguments = arguments.iter().map(|(name, value)| Ok((name.clone(), self.value(value, variables)?)));
                let arguments = arguments.collect::<Result<Vec<_>, SqlError>>()?;
                let status = if procedure == "sp_executesql" {
                    let parameters = arguments.into_iter().map(|(name, Variable { sql_type, value })| Parameter {
                        name: name.unwrap_or_default(),
                        is_output: false,
                        sql_type,
                        value,
                    });
                    self.execute_sql(parameters.collect(), reply).map(|()| 0)?
                } else {
                    self.procedure(procedure, arguments)?
                };
                if let Some(result) = result {
                    assign(
                        variables,
                        result,
                        Variable { sql_type: SqlType::Int, value: Value::Integer(status.into()) },
                    )?;
                }
            }
            Step::Begin => self.begin(reply)?,
            Step::Commit => self.commit(reply)?,
            Step::Rollback => self.roll_back(reply)?,
            Step::Throw(raised) => return Err(self.thrown(raised.as_deref(), variables)?),
            Step::Print(text) => {
                let text = self.value(text, variables)?;
                if let Value::Text(text) = convert(text.value, text.sql_type, SqlType::nvarchar(4000))? {
                    reply.info(0, &text);
                }
            }
            Step::WaitFor(delay) => self.wait(delay, variables)?,
            Step::Use(database) => self.use_database(database, reply)?,
            Step::Sql(statement) => self.statement(statement, variables, reply)?,
            Step::Alter { table, change } => self.alter(table, change)?,
            Step::DropIndex { name, table } => self.define(|translator| translator.drop_index(table, name))?,
            Step::SnapshotReads { database, on } => {
                self.sysadmin("ALTER DATABASE")?;
                self.store.set_snapshot_reads(database, *on)?;
            }
            Step::Principal(principal) => self.principal(principal)?,
        }
        self.context.last_error = 0;
        Ok(StepOutcome::Continue)
    }

    fn declare(&mut self, declarations: &[Declaration], variables: &mut Variables) -> Result<(), SqlError> {
        for Declaration { variable, data_type, value, is_output } in declarations {
            if *is_output {
                return Err(SqlError::syntax("OUTPUT"));
            }
            if variables.contains_key(variable) {
                let text = format!("The variable name '{variable}' has already been declared.");
                return Err(SqlError::new(134, 15, text));
            }
            let sql_type = SqlType::declared(data_type)?;
            let initial_value = value.as_ref().map(|value| self.value(value, variables)).transpose()?;
            variables.insert(variable.clone(), Variable { sql_type, value: Value::Null });
            if let Some(value) = initial_value {
                assign(variables, variable, value)?;
            }
        }
        Ok(())
    }

    fn attempt(
        &mut self,
        body: &[NumberedStep],
        handler: &[NumberedStep],
        variables: &mut Variables,
        reply: &mut Reply,
    ) -> Result<StepOutcome, SqlError> {
        self.tries += 1;
        let result = self.steps(body, variables, reply);
        self.tries = self.tries.saturating_sub(1);
        match result {
            Err(error) if !error.is_cancelled() => {
                let aborts = std::mem::take(&mut self.aborting) || self.options.abort_transaction;
                // "TRY...CATCH (Transact-SQL)": what would roll back outside TRY leaves an uncommittable transaction.
                self.doomed |= self.context.transactions > 0 && (aborts || error.rolls_back());
                let outer = self.context.caught.replace(error);
                let handled = self.steps(handler, variables, reply);
                self.context.caught = outer;
                handled
            }
            other => other,
        }
    }

    /// The error of a THROW: a new one, or the caught one inside CATCH.
    fn thrown(&mut self, raised: Option<&[Expr; 3]>, variables: &Variables) -> Result<SqlError, SqlError> {
        let Some([number, message, state]) = raised else {
            let outside = "To rethrow an error, a THROW statement must be used inside a CATCH block.";
            return self.context.caught.clone().ok_or_else(|| SqlError::new(10704, 15, outside));
        };
        let mut as_type = |expr, to| {
            let Variable { sql_type, value } = self.value(expr, variables)?;
            convert(value, sql_type, to)
        };
        let number = as_type(number, SqlType::Int)?;
        let (message, state) = (as_type(message, SqlType::nvarchar(2048))?, as_type(state, SqlType::TinyInt)?);
        match (number, message, state) {
            (Value::Integer(number), Value::Text(message), Value::Integer(state)) if number >= 50_000 => Ok(SqlError {
                state: u8::try_from(state).unwrap_or(1),
                ..SqlError::new(i32::try_from(number).unwrap_or(50_000), 16, message)
            }),
            _ => Err(SqlError::new(35100, 16, "Error number in the THROW statement is outside the valid range.")),
        }
    }

    fn wait(&mut self, delay: &Expr, variables: &Variables) -> Result<(), SqlError> {
        let Variable { sql_type, value } = self.value(delay, variables)?;
        let Value::Integer(units) = convert(value, sql_type, SqlType::Time(7))? else { return Ok(()) };
        let until = Instant::now() + Duration::from_micros(u64::try_from(units / 10).unwrap_or_default());
        while Instant::now() < until {
            if self.is_cancelled() {
                return Err(SqlError::cancelled());
            }
            std::thread::sleep(Duration::from_millis(5).min(until - Instant::now()));
        }
        Ok(())
    }

    fn holds(&mut self, condition: &Expr, variables: &Variables) -> Result<bool, SqlError> {
        let sql = Translator::new(&self.connection, &self.context, variables).predicate(condition)?;
        let value = self.single(&format!("SELECT {sql}"), variables)?;
        self.context.row_count = 0;
        Ok(matches!(value, Value::Integer(truth) if truth != 0))
    }

    /// Evaluates an expression.
    pub(super) fn value(&mut self, expr: &Expr, variables: &Variables) -> Result<Variable, SqlError> {
        let typed = Translator::new(&self.connection, &self.context, variables).scalar(expr)?;
        Ok(Variable { sql_type: typed.sql_type, value: self.single(&format!("SELECT {}", typed.sql), variables)? })
    }

    /// SET of an option. Accepts values that describe the stand-in's behavior and refuses those that would change it.
    fn set_option(&mut self, name: &str, value: &str) -> Result<(), SqlError> {
        match (name, value) {
            ("NOCOUNT", "ON" | "OFF") => self.options.no_count = value == "ON",
            ("XACT_ABORT", "ON" | "OFF") => self.options.abort_transaction = value == "ON",
            ("QUOTED_IDENTIFIER" | "ANSI_NULLS" | "ANSI_WARNINGS" | "ANSI_PADDING" | "ARITHABORT", "ON")
            | ("ANSI_DEFAULTS" | "ANSI_NULL_DFLT_ON" | "CONCAT_NULL_YIELDS_NULL", "ON")
            | ("NUMERIC_ROUNDABORT" | "IMPLICIT_TRANSACTIONS" | "CURSOR_CLOSE_ON_COMMIT", "OFF")
            | ("LANGUAGE", "US_ENGLISH") => {}
            // A larger TEXTSIZE than any value: nothing is truncated. 7 (Sunday) is us_english's first day of the week.
            ("TEXTSIZE", "2147483647") | ("DATEFIRST", "7") => {}
            // At every level, readers see the last committed state.
            ("TRANSACTION ISOLATION LEVEL READ" | "TRANSACTION ISOLATION LEVEL", _) => {}
            ("LOCK_TIMEOUT", milliseconds) => {
                let wait: i64 = milliseconds.parse().map_err(|_| SqlError::syntax(milliseconds))?;
                self.options.lock_timeout = u64::try_from(wait).ok().map(Duration::from_millis);
            }
            _ => return Err(SqlError::unsupported(format_args!("SET {name} {value}"))),
        }
        Ok(())
    }
}

/// Assigns a value to a variable, converted to the variable's type.
pub(super) fn assign(variables: &mut Variables, name: &str, new: Variable) -> Result<(), SqlError> {
    let variable = variables.get_mut(name).ok_or_else(|| SqlError::undeclared(name))?;
    variable.value = convert(new.value, new.sql_type, variable.sql_type)?;
    Ok(())
}
