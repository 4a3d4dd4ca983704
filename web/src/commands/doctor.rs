//! `bookstore doctor`: prints why a login fails. The checks are in `bookstore_doctor`.

mod text;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use bookstore_db::connection_string::Target;
use bookstore_doctor::report::Report;
use bookstore_doctor::{WriteCheck, report_invalid_settings, requested_spns};
use clap::Args;

use super::preflight::{self, PreflightArgs};
use super::terminal::{Painter, has_colours};
use crate::config::{Config, ConfigErrors};
use crate::doctor_run;
use crate::server::telemetry;
use crate::traces;

/// What to check, and how to print it.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
    /// Print only the service principal names for the connection string, with the commands that register them.
    #[arg(long, conflicts_with = "json")]
    spn: bool,
    /// Write a row and roll it back, which uses up an IDENTITY value; without this, the write check writes no row.
    #[arg(long, conflicts_with = "spn")]
    write: bool,
    #[command(flatten)]
    preflight: PreflightArgs,
}

/// Runs the checks and prints the report. The exit code is 0 if all is healthy, 1 with warnings, 2 if a check failed.
///
/// # Errors
/// Standard output cannot be written to, or the system refuses threads.
pub(crate) fn run(
    args: &DoctorArgs,
    names: &[OsString],
    lookup: impl Fn(&str) -> Option<OsString>,
) -> io::Result<ExitCode> {
    if args.preflight.has_files() {
        return preflight::run(&args.preflight, args.json);
    }
    let config = Config::read(&lookup).map(|config| config.with_similar_variables(names, &lookup));
    if args.spn {
        return print_spns(config);
    }
    let report = match config {
        Ok(config) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            let write = if args.write { WriteCheck::RolledBackRow } else { WriteCheck::NoRow };
            telemetry::init_traces(lookup).iter().for_each(|warning| eprintln!("bookstore: {warning}"));
            let run = doctor_run::run(&config.connection_string, config.login_policy(), write);
            let report = runtime.block_on(traces::and_flush(run));
            // A Kerberos library that waits for its KDC must not delay the end of the program.
            runtime.shutdown_background();
            report
        }
        Err(errors) => report_invalid_settings(&errors.to_string()),
    };
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", json(&report))?;
    } else {
        write!(out, "{}", text::render(&report, Painter { has_colours: has_colours() }))?;
    }
    Ok(ExitCode::from(report.verdict.state.exit_code()))
}

fn json(report: &Report) -> String {
    // A report is plain data, which always has a JSON form.
    serde_json::to_string_pretty(report).unwrap_or_default()
}

fn print_spns(config: Result<Config, ConfigErrors>) -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let config = match config {
        Ok(config) => config,
        Err(errors) => {
            writeln!(out, "{errors}")?;
            return Ok(ExitCode::from(2));
        }
    };
    let Target::SqlServer(settings) = &config.connection_string.target else {
        writeln!(out, "the embedded store has no service principal name; set connectionstring to a SQL Server")?;
        return Ok(ExitCode::from(2));
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let spns = runtime.block_on(requested_spns(settings));
    // A resolver that hangs must not delay the end of the program.
    runtime.shutdown_background();
    let spns = match spns {
        Ok(spns) => spns,
        Err(error) => {
            writeln!(out, "{error}")?;
            return Ok(ExitCode::from(2));
        }
    };
    writeln!(out, "# For the administrator of the directory. Find out which accounts have these names:")?;
    spns.names.iter().try_for_each(|name| writeln!(out, "setspn -Q {name}"))?;
    writeln!(out, "\n# Register each name that no account has, on the account that SQL Server runs as:")?;
    spns.names.iter().try_for_each(|name| writeln!(out, "setspn -S {name} <DOMAIN>\\<account of SQL Server>"))?;
    if let Some(note) = spns.note {
        writeln!(out, "\n# {note}")?;
    }
    Ok(ExitCode::SUCCESS)
}
