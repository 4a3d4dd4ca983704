//! `bookstore demo reset`: deletes all books and brings the eight sample books back, for the next presentation.

use bookstore_db::error::Error;
use bookstore_db::store::Store;
use clap::{Args, Subcommand};

use super::traced::in_trace;
use crate::config::Config;

/// Commands for presenters.
#[derive(Debug, Subcommand)]
pub(crate) enum DemoCommand {
    /// Delete all books and insert the eight sample books, as rows of the login in the connection string.
    Reset(ResetArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ResetArgs {
    /// Really delete all books.
    #[arg(long)]
    yes: bool,
}

/// Why the books were not reset.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// `--yes` is missing.
    #[error("demo reset deletes all books of {0}; to do that, add --yes")]
    NotConfirmed(String),
    /// The database refused, or is unreachable.
    #[error(transparent)]
    Store(#[from] Error),
}

/// Runs the command.
///
/// # Errors
/// See [`DemoError`].
pub(crate) async fn run(config: &Config, command: DemoCommand) -> Result<(), DemoError> {
    let DemoCommand::Reset(ResetArgs { yes }) = command;
    if !yes {
        return Err(DemoError::NotConfirmed(config.connection_string.target.to_string()));
    }
    let reset = async { Store::open_with(&config.connection_string, config.login_policy())?.reset_demo().await };
    in_trace("demo reset", reset).await?;
    tracing::info!("all books were deleted; the eight sample books are back");
    Ok(())
}
