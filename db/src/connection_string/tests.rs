//! Tests of parsing: meanings, errors, and that no password is shown.

mod errors;
mod login;
mod meaning;
mod mistakes;
mod other_formats;
mod properties;
mod server;
mod vectors;

use super::{ConnectionString, ParseError, SqlServerSettings, Target, Warning};

/// The settings of a string that names a SQL Server.
fn sql_server(text: &str) -> SqlServerSettings {
    match parse(text).target {
        Target::SqlServer(settings) => *settings,
        Target::Embedded(settings) => panic!("{text}: {settings:?}"),
    }
}

fn parse(text: &str) -> ConnectionString {
    ConnectionString::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> ParseError {
    ConnectionString::parse(text).expect_err(text)
}

/// The warnings of a string on `Server=h` with integrated security.
fn warnings_of(options: &str) -> Vec<String> {
    parse(&format!("Server=h;Integrated Security=true;{options}")).warnings.iter().map(Warning::to_string).collect()
}
