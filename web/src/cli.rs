//! The command line: which command to run, with which settings.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::backup::{self, BackupArgs, BackupCommandError};
use crate::commands::credspec::{self, CredspecArgs, CredspecError};
use crate::commands::demo::{self, DemoCommand, DemoError};
use crate::commands::doctor::{self, DoctorArgs};
use crate::commands::gmsa_ticket::{GmsaTicketArgs, GmsaTicketError};
use crate::commands::healthcheck::{self, HealthcheckArgs, HealthcheckError};
use crate::commands::migrate::{self, MigrateArgs, MigrateCommandError};
use crate::commands::serve::{self, ServeError};
use crate::config::{self, Config, ConfigErrors};
use crate::server::telemetry;
use crate::traces;

/// A web shop that shows which identity an application uses to reach SQL Server.
#[derive(Debug, Parser)]
#[command(name = "bookstore", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the shop. This is the default command.
    Serve {
        /// Migrate the database's schema first.
        #[arg(long)]
        migrate: bool,
    },
    /// Migrate the database's schema to the version of this program.
    Migrate(MigrateArgs),
    /// Copy the embedded store to a file while the shop runs.
    Backup(BackupArgs),
    /// Print a credential spec, which gives a container its group managed service account, for Kubernetes, Docker or
    /// ECS.
    Credspec(Box<CredspecArgs>),
    /// Prepare a presentation.
    #[command(subcommand)]
    Demo(DemoCommand),
    /// Find out why a login fails, or check credential specs and manifests before anything runs. Takes at most 15
    /// seconds.
    Doctor(DoctorArgs),
    /// Keep a gMSA's Kerberos ticket fresh in a ticket cache, for programs on Linux. The account in the keytab reads
    /// the managed password by LDAP.
    GmsaTicket(Box<GmsaTicketArgs>),
    /// Check the bookstore that runs on this machine: exit code 0 if it is alive, 1 otherwise.
    Healthcheck(HealthcheckArgs),
}

/// Why the program ends without success.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line is wrong, or requests help or the version.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// Settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// The shop cannot start, or was interrupted.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The schema could not be migrated.
    #[error(transparent)]
    Migrate(#[from] MigrateCommandError),
    /// The backup failed.
    #[error(transparent)]
    Backup(#[from] BackupCommandError),
    /// The books could not be reset.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// The credential spec cannot be printed.
    #[error(transparent)]
    Credspec(#[from] CredspecError),
    /// There is no ticket.
    #[error(transparent)]
    GmsaTicket(#[from] GmsaTicketError),
    /// The running bookstore is not healthy.
    #[error(transparent)]
    Unhealthy(#[from] HealthcheckError),
    /// The system refused threads, or standard output cannot be written to.
    #[error("the system refused: {0}")]
    System(#[from] std::io::Error),
}

impl CliError {
    /// 0 for help and version, 2 for a wrong command line or setting, 1 for all else.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(error) => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
            Self::Config(_) => ExitCode::from(2),
            Self::Demo(DemoError::NotConfirmed(_)) => ExitCode::from(2),
            Self::Credspec(error) if error.is_usage() => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }

    /// Prints help and version to standard output, all else to standard error.
    pub fn print(&self) {
        match self {
            // There is nobody to report to if the stream is closed.
            Self::Usage(error) => drop(error.print()),
            other => eprintln!("bookstore: {other}"),
        }
    }
}

/// Runs the command of these arguments, with settings from `lookup`. `names` are the variables of the environment.
/// Returns the exit code.
///
/// # Errors
/// See [`CliError`].
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    names: &[OsString],
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<ExitCode, CliError> {
    let matches = Cli::command().after_long_help(config::help()).try_get_matches_from(args)?;
    let cli = Cli::from_arg_matches(&matches)?;
    match cli.command.unwrap_or(Command::Serve { migrate: false }) {
        Command::Serve { migrate } => {
            let config = read_config(names, &lookup)?;
            start_log_and_traces(&config, lookup);
            block_on(serve::run(&config, migrate))??;
        }
        Command::Migrate(args) => {
            let config = read_config(names, &lookup)?;
            start_log_and_traces(&config, lookup);
            block_on(traces::and_flush(migrate::run(&config, args)))??;
        }
        Command::Backup(args) => {
            let config = read_config(names, &lookup)?;
            telemetry::init(&config);
            log_start(&config);
            backup::run(&args, &config)?;
        }
        Command::Demo(command) => {
            let config = read_config(names, &lookup)?;
            start_log_and_traces(&config, lookup);
            block_on(traces::and_flush(demo::run(&config, command)))??;
        }
        Command::Credspec(args) => credspec::run(*args)?,
        Command::GmsaTicket(args) => {
            // Only the settings of the log matter.
            telemetry::init(&Config::read(lookup)?);
            block_on(args.run())??;
        }
        Command::Doctor(args) => return Ok(doctor::run(&args, names, lookup)?),
        // It needs one setting, and no secret.
        Command::Healthcheck(args) => healthcheck::run(&args, config::admin_addr(lookup)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn read_config(names: &[OsString], lookup: &impl Fn(&str) -> Option<OsString>) -> Result<Config, ConfigErrors> {
    Ok(Config::read(lookup)?.with_similar_variables(names, lookup))
}

fn start_log_and_traces(config: &Config, lookup: impl Fn(&str) -> Option<OsString>) {
    telemetry::init_with_traces(config, lookup);
    log_start(config);
}

/// Warnings about the connection string are the first lines.
fn log_start(config: &Config) {
    let (target, source) = (&config.connection_string.target, &config.connection_string_source);
    tracing::info!(connectionstring = %config.connection_string, "starting: {target} (from {source})");
    for warning in &config.connection_string.warnings {
        tracing::warn!("connectionstring: {warning}");
    }
}

/// Longest wait at the end for blocking threads: a Kerberos library that waits for its KDC cannot be interrupted.
const THREADS_TIMEOUT: Duration = Duration::from_secs(1);

/// # Errors
/// The system refuses threads.
fn block_on<T>(work: impl Future<Output = T>) -> std::io::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(THREADS_TIMEOUT);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serving_is_the_default_command() {
        assert!(Cli::try_parse_from(["bookstore"]).unwrap().command.is_none());
    }
}
