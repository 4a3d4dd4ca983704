//! Procedure calls: sp_executesql, prepared statements, and the values of OUTPUT parameters.

use super::prepared::PreparedBatch;
use super::{Engine, Reply};
use crate::error::SqlError;
use crate::tsql::context::{Variable, Variables};
use crate::tsql::grammar;
use crate::types::SqlType;
use crate::types::convert::convert;
use crate::wire::rpc::{Parameter, Procedure, ProcedureCall};
use rusqlite::types::Value;

/// The numbers of system procedures that clients call (MS-TDS 2.2.6.6).
const NUMBERED: [(u16, &str); 5] =
    [(10, "sp_executesql"), (11, "sp_prepare"), (12, "sp_execute"), (13, "sp_prepexec"), (15, "sp_unprepare")];

impl Engine {
    pub(super) fn call(&mut self, call: ProcedureCall, reply: &mut Reply) -> Result<i32, SqlError> {
        let name = match &call.procedure {
            Procedure::Number(number) => {
                let found = NUMBERED.iter().find(|(known, _)| known == number).map(|(_, name)| (*name).to_owned());
                found.ok_or_else(|| SqlError::unsupported(format_args!("procedure number {number}")))?
            }
            Procedure::Name(name) => name.rsplit('.').next().unwrap_or(name).to_lowercase(),
        };
        let mut parameters = call.parameters.into_iter();
        match name.as_str() {
            "sp_executesql" => {
                let batch = PreparedBatch { sql: text(parameters.next())?, declarations: text(parameters.next())? };
                self.run_with_parameters(&batch, parameters.collect(), 2, reply)
            }
            "sp_prepare" => {
                let handle = parameters.next();
                let batch = PreparedBatch { declarations: text(parameters.next())?, sql: text(parameters.next())? };
                self.prepare(batch, handle.as_ref(), reply);
                Ok(0)
            }
            "sp_execute" => {
                let handle = handle(parameters.next().as_ref())?;
                let batch = self.prepared.get(handle)?;
                self.run_with_parameters(&batch, parameters.collect(), 1, reply)
            }
            "sp_prepexec" => {
                let handle = parameters.next();
                let batch = PreparedBatch { declarations: text(parameters.next())?, sql: text(parameters.next())? };
                let run = self.run_with_parameters(&batch, parameters.collect(), 3, reply);
                // Also after an error of the statement, which is prepared all the same.
                self.prepare(batch, handle.as_ref(), reply);
                run
            }
            "sp_unprepare" => {
                let handle = handle(parameters.next().as_ref())?;
                self.prepared.remove(handle).map(|()| 0)
            }
            "sp_reset_connection" => self.reset(reply).map(|()| 0),
            _ => {
                let arguments = parameters.map(|parameter| {
                    let name = Some(parameter.name.to_lowercase()).filter(|name| !name.is_empty());
                    (name, Variable { sql_type: parameter.sql_type, value: parameter.value })
                });
                self.procedure(&name, arguments.collect())
            }
        }
    }

    /// Keeps a batch for sp_execute, and returns its handle in the OUTPUT parameter `handle`.
    fn prepare(&mut self, batch: PreparedBatch, handle: Option<&Parameter>, reply: &mut Reply) {
        let number = self.prepared.add(batch);
        if let Some(parameter) = handle {
            let value = Variable { sql_type: SqlType::Int, value: Value::Integer(number) };
            reply.output(0, &parameter.name, value);
        }
    }

    /// EXEC sp_executesql inside a batch.
    pub(super) fn execute_sql(&mut self, parameters: Vec<Parameter>, reply: &mut Reply) -> Result<(), SqlError> {
        let mut parameters = parameters.into_iter();
        let batch = PreparedBatch { sql: text(parameters.next())?, declarations: text(parameters.next())? };
        self.run_with_parameters(&batch, parameters.collect(), 2, reply).map(drop)
    }

    /// Runs a batch with parameters, which are matched by name or position. `first`: how many arguments of the
    /// procedure precede them.
    fn run_with_parameters(
        &mut self,
        batch: &PreparedBatch,
        parameters: Vec<Parameter>,
        first: usize,
        reply: &mut Reply,
    ) -> Result<i32, SqlError> {
        let mut variables = Variables::new();
        let mut outputs = Vec::new();
        for (position, declaration) in grammar::parse_declarations(&batch.declarations)?.into_iter().enumerate() {
            let named = |parameter: &Parameter| parameter.name.eq_ignore_ascii_case(&declaration.variable);
            let unnamed = || parameters.get(position).filter(|it| it.name.is_empty()).map(|_| position);
            let found = parameters.iter().position(named).or_else(unnamed).ok_or_else(|| {
                let text = "The parameterized query expects the parameter";
                SqlError::new(8178, 16, format!("{text} '{}', which was not supplied.", declaration.variable))
            })?;
            let parameter = &parameters[found];
            if parameter.is_output {
                if !declaration.is_output {
                    return Err(not_output(&declaration.variable));
                }
                outputs.push((first + found, parameter.name.clone(), declaration.variable.clone()));
            }
            let sql_type = SqlType::declared(&declaration.data_type)?;
            let value = convert(parameter.value.clone(), parameter.sql_type, sql_type)?;
            variables.insert(declaration.variable, Variable { sql_type, value });
        }
        self.dynamic_batch(&batch.sql, &mut variables, reply)?;
        for (ordinal, name, variable) in outputs {
            if let Some(value) = variables.remove(&variable) {
                reply.output(ordinal, &name, value);
            }
        }
        Ok(0)
    }
}

/// The text of a batch or of declarations; empty if it is missing or NULL.
fn text(parameter: Option<Parameter>) -> Result<String, SqlError> {
    match parameter.map(|parameter| parameter.value) {
        Some(Value::Text(text)) => Ok(text),
        None | Some(Value::Null) => Ok(String::new()),
        Some(_) => {
            Err(SqlError::new(214, 16, "Procedure expects parameter '@statement' of type 'ntext/nchar/nvarchar'."))
        }
    }
}

fn handle(parameter: Option<&Parameter>) -> Result<i64, SqlError> {
    match parameter {
        Some(Parameter { value: Value::Integer(handle), .. }) => Ok(*handle),
        _ => Err(SqlError::new(214, 16, "Procedure expects parameter '@handle' of type 'int'.")),
    }
}

fn not_output(name: &str) -> SqlError {
    let text = "was not declared as an OUTPUT parameter, but the actual parameter passed in requested output.";
    SqlError { state: 2, ..SqlError::new(8162, 16, format!("The formal parameter \"{name}\" {text}")) }
}
