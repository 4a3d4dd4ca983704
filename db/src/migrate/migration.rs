//! The steps of a migration, on one connection.

use std::collections::HashMap;
use std::time::Duration;

use tiberius::{Row, ToSql};

use super::outcome::{MigrationError, MigrationReport, PrivilegedRole};
use crate::connection_string::SqlServerSettings;
use crate::error::Error;
use crate::login_policy::LoginPolicy;
use crate::schema::Script;
use crate::spans::{DatabaseSpan, DatabaseSpans};
use crate::sql_server::{Connection, StatementError, connect, required_text};

/// How long to wait for a concurrent migration, in seconds.
const LOCK_TIMEOUT: i32 = 120;
/// How often, and how long in between, to try to connect to a new database.
const OPEN_ATTEMPTS: u32 = 20;
const OPEN_PAUSE: Duration = Duration::from_millis(500);
/// How often, and how long in between, to repeat a statement that another session's DDL hindered.
const DDL_ATTEMPTS: u32 = 20;
const DDL_PAUSE: Duration = Duration::from_millis(500);
/// SQL Server: the database already exists.
const DATABASE_EXISTS: u32 = 1801;
/// SQL Server: Windows NT user or group not found.
const ACCOUNT_NOT_FOUND: u32 = 15401;
/// SQL Server: `sa` cannot be a user, `dbo` and `guest` cannot be in a role. Babelfish: a sysadmin cannot be a user.
const SPECIAL_PRINCIPAL: u32 = 15405;
/// SQL Server: not a valid login.
const LOGIN_MISSING: u32 = 15007;
/// SQL Server: the login has a user of another name.
const OTHER_USER: u32 = 15063;
/// The user of the login that owns a database.
const OWNER: &str = "dbo";

macro_rules! admin {
    ($name:literal) => {
        (concat!("admin/", $name), include_str!(concat!("../../sql/admin/", $name, ".sql")))
    };
}

/// A migration under way.
pub(super) struct Migration {
    connection: Connection,
    spans: DatabaseSpans,
    pub(super) report: MigrationReport,
}

impl Migration {
    /// Connects to the database; creates it first if it does not exist.
    pub(super) async fn start(
        settings: &SqlServerSettings,
        policy: LoginPolicy,
        database: &str,
    ) -> Result<Self, MigrationError> {
        let mut report = MigrationReport::default();
        let connection = match log_in(settings, policy).await {
            Err(error) if is_missing_database(&error) => {
                report.created_database = create_database(settings, policy, database).await?;
                connect_to_new(settings, policy).await?
            }
            connection => connection?,
        };
        Ok(Self { connection, spans: DatabaseSpans::of_server(settings), report })
    }

    pub(super) async fn lock(&mut self) -> Result<(), MigrationError> {
        let rows = self.run(admin!("lock"), &[&(LOCK_TIMEOUT * 1000)]).await?;
        let result = rows.first().and_then(|row| row.get::<i32, _>("Result"));
        if result.is_some_and(|result| result >= 0) { Ok(()) } else { Err(MigrationError::Locked(LOCK_TIMEOUT)) }
    }

    pub(super) async fn unlock(&mut self) -> Result<(), MigrationError> {
        self.run(admin!("unlock"), &[]).await.map(drop)
    }

    /// Checks whether readers wait for writers in this database.
    pub(super) async fn check_snapshot_reads(&mut self) -> Result<(), MigrationError> {
        let rows = self.run(admin!("snapshot_reads"), &[]).await?;
        self.report.snapshot_reads = rows.first().and_then(|row| row.get::<i32, _>("SnapshotReads")) == Some(1);
        Ok(())
    }

    /// Applies the scripts that are not in the journal.
    pub(super) async fn apply(&mut self, scripts: &[Script]) -> Result<(), MigrationError> {
        let journal = self.read_journal().await?;
        for script in scripts {
            let checksum = script.checksum();
            match journal.get(script.name) {
                Some(applied) if *applied == checksum => self.report.already_applied += 1,
                Some(_) => return Err(MigrationError::ScriptChanged { name: script.name }),
                None => {
                    let span = self.spans.script(script.name, self.connection.identity().as_deref());
                    let applied = self.apply_one(script, &checksum).await;
                    recorded(&span, applied).map_err(|error| failed_step(script.name, error))?;
                    self.report.applied.push(script.name);
                }
            }
        }
        Ok(())
    }

    /// Returns the checksums of the applied scripts, by name.
    async fn read_journal(&mut self) -> Result<HashMap<String, String>, MigrationError> {
        self.run(admin!("journal"), &[]).await?;
        let (step, sql) = admin!("journal_read");
        let rows = self.run((step, sql), &[]).await?;
        let entries = rows.iter().map(|row| Ok((required_text(row, "Name")?, required_text(row, "Checksum")?)));
        entries.collect::<tiberius::Result<_>>().map_err(|error| failed_step(step, error))
    }

    /// Applies a script in one transaction. An error drops the connection, which rolls back.
    async fn apply_one(&mut self, script: &Script, checksum: &str) -> Result<(), StatementError> {
        self.connection.batch("SET XACT_ABORT ON; BEGIN TRANSACTION;").await?;
        for batch in script.batches() {
            self.connection.batch(batch).await?;
        }
        self.connection.query(admin!("journal_write").1, &[&script.name, &checksum]).await?;
        self.connection.batch("COMMIT TRANSACTION;").await.map(drop)
    }

    /// Creates a login and a user for the account where they are missing, and adds the user to the role.
    pub(super) async fn grant(&mut self, login: &str) -> Result<(), MigrationError> {
        if login.contains('\\') {
            let (step, sql) = admin!("grant_login");
            self.query((step, sql), &[&login]).await.map_err(|error| match error.server_error() {
                Some(cause) if cause.code() == ACCOUNT_NOT_FOUND => {
                    let (account, message) = (login.to_owned(), cause.message().to_owned());
                    MigrationError::AccountNotFound { account, number: ACCOUNT_NOT_FOUND, message }
                }
                _ => failed_step(step, error),
            })?;
        }
        let (step, sql) = admin!("grant_user");
        match self.query((step, sql), &[&login]).await {
            Ok(_) => {}
            Err(error) if error.number() == Some(SPECIAL_PRINCIPAL) => {
                if !self.privileged_roles(login).await?.contains(&PrivilegedRole::Sysadmin) {
                    return Err(MigrationError::SpecialPrincipal(login.to_owned()));
                }
                self.report.needs_no_grant = Some(login.to_owned());
                return Ok(());
            }
            Err(error) if error.number() == Some(LOGIN_MISSING) => {
                return Err(MigrationError::LoginMissing(login.to_owned()));
            }
            Err(error) if error.number() == Some(OTHER_USER) => {
                return self.check_user(login, failed_step(step, error)).await;
            }
            Err(error) => return Err(failed_step(step, error)),
        }
        self.report.privileged_roles = self.privileged_roles(login).await?;
        self.report.granted = Some(login.to_owned());
        Ok(())
    }

    /// Accepts the owner of the database, whose user is `dbo`. For another login, returns an error with its user.
    async fn check_user(&mut self, login: &str, error: MigrationError) -> Result<(), MigrationError> {
        let (step, sql) = admin!("user_of_login");
        let rows = self.run((step, sql), &[&login]).await?;
        let user = rows.first().map(|row| required_text(row, "UserName")).transpose();
        match user.map_err(|error| failed_step(step, error))? {
            Some(user) if user == OWNER => {
                self.report.needs_no_grant = Some(login.to_owned());
                Ok(())
            }
            Some(user) => Err(MigrationError::OtherUser { login: login.to_owned(), user }),
            None => Err(error),
        }
    }

    /// Removes the login's user from the role.
    pub(super) async fn revoke(&mut self, login: &str) -> Result<(), MigrationError> {
        self.run(admin!("revoke_user"), &[&login]).await.map(drop)
    }

    async fn privileged_roles(&mut self, login: &str) -> Result<Vec<PrivilegedRole>, MigrationError> {
        let (step, sql) = admin!("privileged_roles");
        let rows = self.run((step, sql), &[&login]).await?;
        let Some(row) = rows.first() else { return Ok(Vec::new()) };
        let mut roles = Vec::new();
        for (role, column) in PrivilegedRole::ALL {
            let is_member: Option<i32> = row.try_get(column).map_err(|error| failed_step(step, error))?;
            if is_member == Some(1) {
                roles.push(role);
            }
        }
        Ok(roles)
    }

    /// Runs a statement of `sql/admin` and returns its rows.
    async fn run(
        &mut self,
        (step, sql): (&'static str, &str),
        params: &[&dyn ToSql],
    ) -> Result<Vec<Row>, MigrationError> {
        self.query((step, sql), params).await.map_err(|error| failed_step(step, error))
    }

    async fn query(
        &mut self,
        (step, sql): (&'static str, &str),
        params: &[&dyn ToSql],
    ) -> Result<Vec<Row>, StatementError> {
        let span = self.spans.script(step, self.connection.identity().as_deref());
        let reply = self.connection.query(sql, params).await;
        Ok(recorded(&span, reply)?.into_iter().flatten().collect())
    }
}

/// Records the error of a step on its span.
fn recorded<T>(span: &DatabaseSpan, reply: Result<T, StatementError>) -> Result<T, StatementError> {
    reply.inspect_err(|error| span.record_error(&error.clone().into_error()))
}

/// Connects by a login that the policy accepts.
async fn log_in(settings: &SqlServerSettings, policy: LoginPolicy) -> Result<Connection, Error> {
    let connection = connect(settings, policy).await?;
    if let Some(identity) = connection.identity() {
        policy.check(&identity.auth_scheme)?;
    }
    Ok(connection)
}

/// Returns false if a concurrent migration created the database.
async fn create_database(
    settings: &SqlServerSettings,
    policy: LoginPolicy,
    database: &str,
) -> Result<bool, MigrationError> {
    let in_master = SqlServerSettings { database: Some("master".to_owned()), ..settings.clone() };
    let mut connection = log_in(&in_master, policy).await?;
    let (step, sql) = admin!("create_database");
    for attempt in 1.. {
        match connection.query(sql, &[&database]).await {
            Ok(rowsets) => return Ok(rowsets.iter().flatten().any(|row| row.get::<i32, _>("Created") == Some(1))),
            Err(error) if error.number() == Some(DATABASE_EXISTS) => break,
            Err(error) if attempt < DDL_ATTEMPTS && is_concurrent_ddl(&error) => tokio::time::sleep(DDL_PAUSE).await,
            Err(error) => return Err(failed_step(step, error)),
        }
    }
    Ok(false)
}

/// Whether another session's DDL was in the way: it held an exclusive lock on the database `model` (1807) or created an
/// object of the same name (2714). On Babelfish such a race is a duplicate key in the catalog (2627).
fn is_concurrent_ddl(error: &StatementError) -> bool {
    matches!(error.number(), Some(1807 | 2627 | 2714))
}

/// Connects to a database that was created a moment ago and may not be open yet.
async fn connect_to_new(settings: &SqlServerSettings, policy: LoginPolicy) -> Result<Connection, Error> {
    for _ in 0..OPEN_ATTEMPTS {
        match log_in(settings, policy).await {
            Err(error) if is_missing_database(&error) => tokio::time::sleep(OPEN_PAUSE).await,
            connection => return connection,
        }
    }
    log_in(settings, policy).await
}

/// Whether the login's database cannot be opened (4060) or does not exist (911 on Babelfish).
fn is_missing_database(error: &Error) -> bool {
    matches!(error, Error::LoginFailed(error) if matches!(error.number, 4060 | 911))
}

fn failed_step(step: &'static str, error: impl Into<StatementError>) -> MigrationError {
    MigrationError::Step { step, error: error.into().into_error() }
}
