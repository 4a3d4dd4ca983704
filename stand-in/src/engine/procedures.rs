//! System procedures called by name: application locks.

use super::Engine;
use crate::error::SqlError;
use crate::store::app_locks::LockOutcome;
use crate::tsql::context::Variable;
use crate::types::SqlType;
use crate::types::convert::convert;
use rusqlite::types::Value;
use std::time::Duration;

/// System procedures that clients call and the stand-in lacks ("System stored procedures" in Microsoft's documentation).
const OTHER_PROCEDURES: [&str; 24] = [
    "sp_addmessage",
    "sp_columns",
    "sp_columns_100",
    "sp_configure",
    "sp_cursor",
    "sp_cursorclose",
    "sp_cursorfetch",
    "sp_cursoropen",
    "sp_databases",
    "sp_datatype_info",
    "sp_datatype_info_100",
    "sp_describe_first_result_set",
    "sp_describe_undeclared_parameters",
    "sp_fkeys",
    "sp_help",
    "sp_helptext",
    "sp_lock",
    "sp_pkeys",
    "sp_rename",
    "sp_spaceused",
    "sp_special_columns_100",
    "sp_statistics_100",
    "sp_tables",
    "sp_who",
];

/// Arguments in the order of the call, with their names if given.
pub(super) type Arguments = Vec<(Option<String>, Variable)>;

impl Engine {
    /// Runs a procedure and returns its status.
    pub(super) fn procedure(&mut self, name: &str, arguments: Arguments) -> Result<i32, SqlError> {
        match name {
            "sp_getapplock" => self.get_lock(&arguments),
            "sp_releaseapplock" => self.release_lock(&arguments),
            _ if OTHER_PROCEDURES.contains(&name) => Err(SqlError::unsupported(name)),
            _ => {
                let text = format!("Could not find stored procedure '{name}'.");
                Err(SqlError { state: 62, ..SqlError::new(2812, 16, text) })
            }
        }
    }

    fn get_lock(&mut self, arguments: &Arguments) -> Result<i32, SqlError> {
        let names = ["@resource", "@lockmode", "@lockowner", "@locktimeout", "@dbprincipal"];
        let resource = self.resource(arguments, &names)?;
        let mode = text(arguments, &names, 1)?.unwrap_or_default();
        if !mode.eq_ignore_ascii_case("Exclusive") {
            return Err(SqlError::unsupported(format_args!("sp_getapplock with @LockMode = '{mode}'")));
        }
        session_owned(text(arguments, &names, 2)?)?;
        let milliseconds = match argument(arguments, &names, 3)? {
            Some(Variable { sql_type, value }) => convert(value.clone(), *sql_type, SqlType::Int)?,
            None => Value::Integer(-1),
        };
        let timeout = match milliseconds {
            Value::Integer(milliseconds) => u64::try_from(milliseconds).ok().map(Duration::from_millis),
            _ => None,
        };
        let granted = self.locks.acquire(resource, self.context.session_id, timeout, || self.is_cancelled());
        if granted == LockOutcome::Cancelled { Err(SqlError::cancelled()) } else { Ok(granted as i32) }
    }

    fn release_lock(&mut self, arguments: &Arguments) -> Result<i32, SqlError> {
        let names = ["@resource", "@lockowner", "@dbprincipal"];
        let resource = self.resource(arguments, &names)?;
        session_owned(text(arguments, &names, 1)?)?;
        if self.locks.release(&resource, self.context.session_id) {
            return Ok(0);
        }
        let text = "Cannot release the application lock (Database Principal: 'public', Resource:";
        let text = format!("{text} '{}') because it is not currently held.", resource.1);
        Err(SqlError::new(1223, 16, text))
    }

    fn resource(&self, arguments: &Arguments, names: &[&str]) -> Result<(String, String), SqlError> {
        let resource = text(arguments, names, 0)?;
        let missing =
            || SqlError::new(201, 16, "Procedure or function expects parameter '@Resource', which was not supplied.");
        Ok((self.context.database.clone(), resource.ok_or_else(missing)?))
    }
}

fn session_owned(owner: Option<String>) -> Result<(), SqlError> {
    match owner {
        Some(owner) if owner.eq_ignore_ascii_case("Session") => Ok(()),
        _ => Err(SqlError::unsupported("application locks with an owner other than 'Session'")),
    }
}

/// The argument at `position`, or the one with that parameter's name.
///
/// # Errors
/// 8144 for too many arguments, 8145 for an unknown name.
fn argument<'a>(arguments: &'a Arguments, names: &[&str], place: usize) -> Result<Option<&'a Variable>, SqlError> {
    for (position, (name, _)) in arguments.iter().enumerate() {
        match name {
            Some(name) if !names.contains(&name.as_str()) => {
                return Err(SqlError::new(8145, 16, format!("{name} is not a parameter for this procedure.")));
            }
            None if position >= names.len() => {
                return Err(SqlError::new(8144, 16, "Procedure or function has too many arguments specified."));
            }
            _ => {}
        }
    }
    let named = arguments.iter().find(|(name, _)| name.as_deref() == names.get(place).copied());
    let placed = arguments.get(place).filter(|(name, _)| name.is_none());
    Ok(named.or(placed).map(|(_, value)| value))
}

fn text(arguments: &Arguments, names: &[&str], place: usize) -> Result<Option<String>, SqlError> {
    let Some(Variable { sql_type, value }) = argument(arguments, names, place)? else { return Ok(None) };
    match convert(value.clone(), *sql_type, SqlType::nvarchar(255))? {
        Value::Text(text) => Ok(Some(text)),
        _ => Ok(None),
    }
}
