//! `bookstore doctor`: why does the login fail? The looking is done by `bookstore_db::doctor`; this is its command line.

mod text;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use bookstore_db::connection_string::Target;
use bookstore_db::doctor::report::Report;
use bookstore_db::doctor::{examine, names_to_register, unreadable};
use bookstore_db::login_policy::LoginPolicy;
use clap::Args;

use crate::config::Config;
use crate::preflight::{self, Files};

/// What the doctor is to do.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Write the report as JSON.
    #[arg(long)]
    json: bool,
    /// Only print which service principal names the connection string needs, with the commands that register them.
    #[arg(long, conflicts_with = "json")]
    spn: bool,
    #[command(flatten)]
    files: Files,
}

/// Looks, and writes what was seen. 0 is sound, 1 works with warnings, 2 broken.
///
/// # Errors
/// Standard output cannot be written to, or the system refuses threads.
pub(crate) fn run(doctor: &Doctor, lookup: impl Fn(&str) -> Option<OsString>) -> io::Result<ExitCode> {
    if doctor.files.are_named() {
        return preflight::run(&doctor.files, doctor.json);
    }
    let config = Config::read(lookup);
    if doctor.spn {
        return spn(config);
    }
    let report = match config {
        Ok(config) => {
            let policy = LoginPolicy { require_kerberos: config.require_kerberos };
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            let report = runtime.block_on(examine(&config.connection_string, policy));
            // A library that still waits for its KDC must not hold up the end of the program.
            runtime.shutdown_background();
            report
        }
        Err(errors) => unreadable(&errors.to_string()),
    };
    let mut out = io::stdout().lock();
    if doctor.json {
        writeln!(out, "{}", json(&report))?;
    } else {
        write!(out, "{}", text::render(&report, has_colour()))?;
    }
    Ok(ExitCode::from(report.verdict.state.exit_code()))
}

fn json(report: &Report) -> String {
    // A report is plain data: nothing in it can fail to become JSON.
    serde_json::to_string_pretty(report).unwrap_or_default()
}

/// Whether standard output takes colours: <https://no-color.org>.
pub(crate) fn has_colour() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn spn(config: Result<Config, crate::config::ConfigErrors>) -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let config = match config {
        Ok(config) => config,
        Err(errors) => {
            writeln!(out, "{errors}")?;
            return Ok(ExitCode::from(2));
        }
    };
    let Target::SqlServer(settings) = &config.connection_string.target else {
        writeln!(out, "the embedded store has no service principal name")?;
        return Ok(ExitCode::from(2));
    };
    let names = names_to_register(settings);
    writeln!(out, "# For the administrator of the directory. Who has the names already?")?;
    names.iter().try_for_each(|name| writeln!(out, "setspn -Q {name}"))?;
    writeln!(out, "\n# Register each that nobody has on the account that SQL Server runs as:")?;
    names.iter().try_for_each(|name| writeln!(out, "setspn -S {name} <DOMAIN>\\<account of SQL Server>"))?;
    Ok(ExitCode::SUCCESS)
}
