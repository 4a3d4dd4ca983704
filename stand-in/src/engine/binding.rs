//! Names are bound before a batch runs: an unknown column of an existing table fails the whole batch (207), also a column
//! that the batch adds itself ("ALTER TABLE (Transact-SQL)"). Names of tables are resolved when a statement runs.

use super::Engine;
use super::statements::assignments;
use crate::error::SqlError;
use crate::tsql::context::{Variable, Variables};
use crate::tsql::grammar::{NumberedStep, Step};
use crate::types::SqlType;
use rusqlite::types::Value;
use sqlparser::ast::Statement;

/// The number of the error for an unknown column.
const INVALID_COLUMN: i32 = 207;

impl Engine {
    /// # Errors
    /// 207. Other errors are those of the statement when it runs.
    pub(super) fn bind_names(&self, steps: &[NumberedStep], variables: &Variables) -> Result<(), SqlError> {
        match steps {
            // A single statement is bound when it runs.
            [_] if !matches!(
                steps[0].step,
                Step::Block(_) | Step::If { .. } | Step::While { .. } | Step::Try { .. }
            ) =>
            {
                Ok(())
            }
            _ => self.bind_steps(steps, &mut variables.clone()),
        }
    }

    fn bind_steps(&self, steps: &[NumberedStep], variables: &mut Variables) -> Result<(), SqlError> {
        for NumberedStep { line, step } in steps {
            match step {
                Step::Block(steps) => self.bind_steps(steps, variables)?,
                Step::If { then, otherwise, .. } => {
                    self.bind_steps(std::slice::from_ref(then), variables)?;
                    if let Some(otherwise) = otherwise {
                        self.bind_steps(std::slice::from_ref(otherwise), variables)?;
                    }
                }
                Step::While { body, .. } => self.bind_steps(std::slice::from_ref(body), variables)?,
                Step::Try { body, handler } => {
                    self.bind_steps(body, variables)?;
                    self.bind_steps(handler, variables)?;
                }
                Step::Declare(declarations) => {
                    for declaration in declarations {
                        if let Ok(sql_type) = SqlType::declared(&declaration.data_type) {
                            let variable = Variable { sql_type, value: Value::Null };
                            variables.insert(declaration.variable.clone(), variable);
                        }
                    }
                }
                Step::Sql(statement) => match self.bind_statement(statement, variables) {
                    Err(error) if error.number == INVALID_COLUMN => return Err(SqlError { line: *line, ..error }),
                    _ => {}
                },
                _ => {}
            }
        }
        Ok(())
    }

    fn bind_statement(&self, statement: &Statement, variables: &Variables) -> Result<(), SqlError> {
        let mut translator = self.translator(variables);
        match statement {
            Statement::Query(query) => match assignments(query)? {
                Some((_, query)) => translator.ordered_query(&query).map(drop),
                None => translator.ordered_query(query).map(drop),
            },
            Statement::Insert(insert) => translator.insert(insert).map(drop),
            Statement::Update(update) => translator.update(update).map(drop),
            Statement::Delete(delete) => translator.delete(delete).map(drop),
            _ => Ok(()),
        }
    }
}
