//! `bookstore backup`: copies the embedded store to a file.

use std::path::PathBuf;

use bookstore_db::connection_string::Target;
use bookstore_db::embedded::{BackupError, back_up};
use clap::Args;

use crate::config::Config;

/// Where to copy to.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The file to create. It must not exist.
    file: PathBuf,
}

/// The error of a failed backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupCommandError {
    /// The connection string names SQL Server.
    #[error("this command copies the embedded store; back up a database of SQL Server with BACKUP DATABASE")]
    NotEmbedded,
    /// The copy failed.
    #[error(transparent)]
    Failed(#[from] BackupError),
}

/// # Errors
/// See [`BackupCommandError`].
pub(crate) fn run(args: &BackupArgs, config: &Config) -> Result<(), BackupCommandError> {
    let Target::Embedded(settings) = &config.connection_string.target else {
        return Err(BackupCommandError::NotEmbedded);
    };
    back_up(&settings.file, &args.file)?;
    tracing::info!("copied {} to {}", settings.file.display(), args.file.display());
    Ok(())
}
