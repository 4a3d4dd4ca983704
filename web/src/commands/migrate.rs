//! `bookstore migrate`: migrates the database's schema to the version of this program.

use bookstore_db::connection_string::Target;
use bookstore_db::migrate::{MigrationError, MigrationOptions, MigrationReport, migrate, revoke};
use bookstore_db::sql_server::turn_on_snapshot_reads;
use bookstore_db::store::Store;
use clap::Args;

use super::traced::in_trace;
use crate::config::Config;

/// What to do beside the schema.
#[derive(Debug, Default, Args)]
pub(crate) struct MigrateArgs {
    /// Insert the eight sample books, once.
    #[arg(long)]
    seed: bool,
    /// Give this login the database role of the shop, like DOMAIN\account$.
    #[arg(long, value_name = "LOGIN")]
    grant: Option<String>,
    /// Take the database role of the shop from this login, and do nothing else.
    #[arg(long, value_name = "LOGIN", conflicts_with_all = ["seed", "grant"])]
    revoke: Option<String>,
}

/// Why the schema was not migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrateCommandError {
    /// SQL Server refused, or is unreachable.
    #[error(transparent)]
    SqlServer(#[from] MigrationError),
    /// The embedded store cannot be opened.
    #[error(transparent)]
    Embedded(#[from] bookstore_db::error::Error),
}

/// Migrates the database of the connection string and logs the result.
///
/// # Errors
/// See [`MigrateCommandError`].
pub(crate) async fn run(config: &Config, args: MigrateArgs) -> Result<(), MigrateCommandError> {
    in_trace("migrate", migrate_or_revoke(config, args)).await
}

async fn migrate_or_revoke(config: &Config, args: MigrateArgs) -> Result<(), MigrateCommandError> {
    let policy = config.login_policy();
    let Target::SqlServer(settings) = &config.connection_string.target else {
        Store::open_with(&config.connection_string, policy)?;
        tracing::info!("the embedded store creates its schema and its eight books when it is opened");
        return Ok(());
    };
    let MigrateArgs { seed, grant, revoke: revoked } = args;
    if let Some(login) = revoked {
        revoke(settings, policy, &login).await?;
        tracing::info!(login, "the login is not a member of bookstore_app");
        return Ok(());
    }
    let options = MigrationOptions { seed, grant, policy };
    let report = migrate(settings, &options).await?;
    let MigrationReport { created_database, applied, already_applied, snapshot_reads, .. } = &report;
    let MigrationReport { granted, privileged_roles, needs_no_grant, .. } = &report;
    tracing::info!(created_database, ?applied, already_applied, granted, "the schema is up to date");
    if let Some(login) = needs_no_grant {
        tracing::warn!(
            "{login} needs no grant: it is a sysadmin or owns the database, so it has all permissions and can write \
             CreatedBy itself; let the shop log in by another login, and grant that one"
        );
    }
    if !snapshot_reads {
        tracing::warn!(
            "a transaction that stays open on one row makes every list of books wait, because READ_COMMITTED_SNAPSHOT \
             is off; turn it on while nobody uses the database: {}",
            turn_on_snapshot_reads(settings.database.as_deref().unwrap_or_default())
        );
    }
    let login = granted.as_deref().unwrap_or_default();
    for role in privileged_roles {
        let remedy = role.revoke_statement(login);
        tracing::warn!(
            "{login} is a member of {role}, so it can write CreatedBy itself, whatever bookstore_app allows; remove \
             it: {remedy}"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        args: MigrateArgs,
    }

    #[test]
    fn grant_requires_a_login() {
        let Command { args } = Command::try_parse_from(["migrate", "--seed", "--grant", r"CONTOSO\web$"]).unwrap();
        assert_eq!((args.seed, args.grant.as_deref()), (true, Some(r"CONTOSO\web$")));
        assert!(Command::try_parse_from(["migrate", "--grant"]).is_err());
        assert!(Command::try_parse_from(["migrate", "--seed", "--revoke", "web"]).is_err());
    }
}
