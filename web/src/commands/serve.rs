//! `bookstore serve`: serves the shop until a signal stops it.

use super::migrate::{self, MigrateArgs, MigrateCommandError};
use crate::config::Config;
use crate::server::shutdown::{self, Signals};
use crate::server::{App, StartError};
use crate::traces;

/// Why the shop ended with an error.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The shop cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The schema could not be migrated first.
    #[error(transparent)]
    Migrate(#[from] MigrateCommandError),
    /// The system refused signal handlers.
    #[error("cannot start: {0}")]
    Signals(#[from] std::io::Error),
    /// A second signal arrived before the end of the drain.
    #[error("stopped at once by a second signal; running requests were interrupted")]
    Interrupted,
}

/// Serves the shop. `migrate_first` migrates the schema before that.
///
/// # Errors
/// See [`ServeError`].
pub(crate) async fn run(config: &Config, migrate_first: bool) -> Result<(), ServeError> {
    let Signals { first, second } = shutdown::signals()?;
    tokio::pin!(first);
    if migrate_first {
        tokio::select! {
            done = migrate::run(config, MigrateArgs::default()) => done?,
            () = &mut first => return Ok(()),
        }
    }
    let app = App::bind(config).await?;
    tokio::select! {
        () = traces::and_flush(app.run(first)) => Ok(()),
        () = second => Err(ServeError::Interrupted),
    }
}
