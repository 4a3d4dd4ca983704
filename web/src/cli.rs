//! The command line: which work to do, with which settings.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use bookstore_db::connection_string::Target;
use bookstore_db::migrate::{self, MigrateError, Options, Report};
use bookstore_db::store::Store;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::app::{App, AppError};
use crate::config::{self, Config, ConfigErrors};
use crate::doctor::{self, Doctor};
use crate::{credspec, healthcheck, shutdown, telemetry};

/// A web shop that shows which identity an application uses to reach SQL Server.
#[derive(Debug, Parser)]
#[command(name = "bookstore", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the shop; this is what happens without a command.
    Serve {
        /// Bring the database's schema up to date first.
        #[arg(long)]
        migrate: bool,
    },
    /// Bring the database's schema up to date.
    Migrate {
        /// Add the demo's eight books, once.
        #[arg(long)]
        seed: bool,
        /// Let this Windows account use the shop's database, like DOMAIN\account$.
        #[arg(long, value_name = "ACCOUNT")]
        grant: Option<String>,
    },
    /// Print a credential spec: which managed service account a Windows pod becomes, for Kubernetes, Docker or ECS.
    Credspec(Box<credspec::Credspec>),
    /// Look why a login fails or would fail: exit code 0 sound, 1 works with warnings, 2 broken. Takes 15 seconds at most.
    Doctor(Doctor),
    /// Ask a running bookstore on this machine whether it is alive: exit code 0 or 1.
    Healthcheck {
        /// Ask whether it can serve, its database included.
        #[arg(long)]
        ready: bool,
    },
}

/// Why the program ends without success.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line is wrong, or asked for help or the version.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// Settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// The shop cannot start, or ended badly.
    #[error(transparent)]
    App(#[from] AppError),
    /// The database's schema could not be brought up to date.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// There is no credential spec to print.
    #[error(transparent)]
    Credspec(#[from] credspec::CredspecError),
    /// The running bookstore is not well.
    #[error(transparent)]
    Unhealthy(#[from] healthcheck::Unhealthy),
    /// The system refused something that the program cannot do without.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
    /// A second signal came before the drain was done.
    #[error("ended at once by a second signal; running requests were cut off")]
    Interrupted,
}

impl Failure {
    /// 0 for help and version, 2 for a wrong command line or setting, 1 for the rest.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(error) => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
            Self::Config(_) => ExitCode::from(2),
            Self::Credspec(error) if error.is_usage() => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }

    /// Writes it where a person expects it: help to standard output, all else to standard error.
    pub fn print(&self) {
        match self {
            // Nothing is left to be told if standard output or error is closed.
            Self::Usage(error) => drop(error.print()),
            other => eprintln!("bookstore: {other}"),
        }
    }
}

/// Does what the command line asks, with settings from `lookup`; answers the exit code.
///
/// # Errors
/// See [`Failure`].
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    lookup: impl Fn(&str) -> Option<OsString>,
) -> Result<ExitCode, Failure> {
    let matches = Cli::command().after_long_help(config::help()).try_get_matches_from(args)?;
    let cli = Cli::from_arg_matches(&matches)?;
    match cli.command.unwrap_or(Command::Serve { migrate: false }) {
        Command::Serve { migrate } => {
            let config = start(lookup)?;
            block_on(serve(&config, migrate))?;
        }
        Command::Migrate { seed, grant } => {
            let config = start(lookup)?;
            block_on(migrate(&config, Options { seed, grant }))?;
        }
        Command::Credspec(args) => credspec::run(*args)?,
        Command::Doctor(doctor) => return Ok(doctor::run(&doctor, lookup)?),
        // Reads no secret: it only has to find the shop that runs.
        Command::Healthcheck { ready } => healthcheck::ask(config::admin_addr(lookup)?, ready)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The settings, and logging by them.
fn start(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Config, ConfigErrors> {
    let config = Config::read(lookup)?;
    announce(&config);
    Ok(config)
}

/// Starts logging, with what the connection string asks for and does not get.
fn announce(config: &Config) {
    telemetry::init(config);
    let (login, from) = (&config.connection_string.target, &config.connection_string_source);
    tracing::info!(connectionstring = %config.connection_string, "starting: {login} (from {from})");
    for warning in &config.connection_string.warnings {
        tracing::warn!("connectionstring: {warning}");
    }
}

/// Longest wait for work on blocking threads at the very end: a Kerberos library that waits for its KDC cannot be told to stop.
const LAST_WAIT: Duration = Duration::from_secs(1);

fn block_on(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(LAST_WAIT);
    result
}

async fn serve(config: &Config, migrate_first: bool) -> Result<(), Failure> {
    let shutdown::Signals { first, second } = shutdown::signals()?;
    tokio::pin!(first);
    if migrate_first {
        tokio::select! {
            done = migrate(config, Options::default()) => done?,
            () = &mut first => return Ok(()),
        }
    }
    let app = App::bind(config).await?;
    tokio::select! {
        () = app.run(first) => Ok(()),
        () = second => Err(Failure::Interrupted),
    }
}

async fn migrate(config: &Config, options: Options) -> Result<(), Failure> {
    let Target::SqlServer(settings) = &config.connection_string.target else {
        Store::open(&config.connection_string).map_err(AppError::from)?;
        tracing::info!("the embedded store brings its own schema and its eight books whenever it is opened");
        return Ok(());
    };
    let report = migrate::migrate(settings, &options).await?;
    let Report { created_database, applied, already_applied, granted, bypasses } = report;
    tracing::info!(created_database, ?applied, already_applied, granted, "the database is up to date");
    let login = granted.unwrap_or_default();
    for role in bypasses {
        let remedy = role.remedy(&login);
        tracing::warn!(
            "{login} is in {role}: bookstore_app does not bind it, and it may write CreatedBy itself; take it out by {remedy}"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from([&["bookstore"], args].concat())
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_grant_names_an_account() {
        let cli = parse(&["migrate", "--seed", "--grant", r"CONTOSO\web$"]).unwrap();
        let Some(Command::Migrate { seed: true, grant: Some(account) }) = cli.command else { panic!("{cli:?}") };
        assert_eq!(account, r"CONTOSO\web$");
        assert!(parse(&["migrate", "--grant"]).is_err());
    }

    #[test]
    fn serving_is_what_happens_without_a_command() {
        assert!(parse(&[]).unwrap().command.is_none());
    }
}
