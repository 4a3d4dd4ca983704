//! The steps of a migration, on one connection.

use std::collections::HashMap;

use tiberius::ToSql;

use super::Report;
use super::bypass::Bypass;
use super::error::{MigrateError, failed};
use super::script::{Script, admin, batches, checksum};
use crate::sql_server::{Connection, Failure, required_text};

/// How long to wait for another migration, in milliseconds.
pub(super) const LOCK_WAIT: i32 = 120_000;
/// SQL Server: Windows NT user or group not found.
pub(super) const CANNOT_LOOK_UP: u32 = 15401;

pub(super) struct Migration {
    pub(super) connection: Connection,
    pub(super) report: Report,
}

impl Migration {
    pub(super) async fn lock(&mut self) -> Result<(), MigrateError> {
        let rowsets = self.run("admin/lock", admin!("lock"), &[&LOCK_WAIT]).await?;
        let granted = rowsets.first().and_then(|rows| rows.first()).and_then(|row| row.get::<i32, _>("Result"));
        if granted.is_some_and(|result| result >= 0) { Ok(()) } else { Err(MigrateError::Locked) }
    }

    pub(super) async fn unlock(&mut self) -> Result<(), MigrateError> {
        self.run("admin/unlock", admin!("unlock"), &[]).await.map(drop)
    }

    pub(super) async fn apply(&mut self, scripts: &'static [Script]) -> Result<(), MigrateError> {
        let journal = self.journal().await?;
        for script in scripts {
            let checksum = checksum(script.sql);
            match journal.get(script.name) {
                Some(applied) if *applied == checksum => self.report.already_applied += 1,
                Some(_) => return Err(MigrateError::Changed { name: script.name }),
                None => {
                    self.apply_one(script, &checksum).await.map_err(|error| failed(script.name, error))?;
                    self.report.applied.push(script.name);
                }
            }
        }
        Ok(())
    }

    async fn journal(&mut self) -> Result<HashMap<String, String>, MigrateError> {
        self.run("admin/journal", admin!("journal"), &[]).await?;
        let rowsets = self.run("admin/journal_read", admin!("journal_read"), &[]).await?;
        let lines =
            rowsets.iter().flatten().map(|row| Ok((required_text(row, "Name")?, required_text(row, "Checksum")?)));
        lines.collect::<tiberius::Result<_>>().map_err(|error| failed("admin/journal_read", error))
    }

    /// A dropped connection rolls back, so an error on the way leaves nothing.
    async fn apply_one(&mut self, script: &Script, checksum: &str) -> Result<(), Failure> {
        self.connection.batch("SET XACT_ABORT ON; BEGIN TRANSACTION;").await?;
        for batch in batches(script.sql) {
            self.connection.batch(batch).await?;
        }
        self.connection.query(admin!("journal_write"), &[&script.name, &checksum]).await?;
        self.connection.batch("COMMIT TRANSACTION;").await
    }

    pub(super) async fn grant(&mut self, login: &str) -> Result<(), MigrateError> {
        if login.contains('\\') {
            match self.connection.query(admin!("grant_login"), &[&login]).await {
                Err(Failure::Driver(tiberius::error::Error::Server(error))) if error.code() == CANNOT_LOOK_UP => {
                    let (account, message) = (login.to_owned(), error.message().to_owned());
                    return Err(MigrateError::NoSuchAccount { account, message });
                }
                answer => drop(answer.map_err(|error| failed("admin/grant_login", error))?),
            }
        }
        self.run("admin/grant_user", admin!("grant_user"), &[&login]).await?;
        self.report.bypasses = self.bypasses(login).await?;
        self.report.granted = Some(login.to_owned());
        Ok(())
    }

    async fn bypasses(&mut self, login: &str) -> Result<Vec<Bypass>, MigrateError> {
        let rowsets = self.run("admin/grant_bypass", admin!("grant_bypass"), &[&login]).await?;
        let Some(row) = rowsets.first().and_then(|rows| rows.first()) else { return Ok(Vec::new()) };
        let is_member = |column| row.try_get::<i32, _>(column).map(|member| member == Some(1));
        let mut bypasses = Vec::new();
        for (bypass, column) in Bypass::ALL {
            if is_member(column).map_err(|error| failed("admin/grant_bypass", error))? {
                bypasses.push(bypass);
            }
        }
        Ok(bypasses)
    }

    async fn run(
        &mut self,
        step: &'static str,
        sql: &str,
        params: &[&dyn ToSql],
    ) -> Result<Vec<Vec<tiberius::Row>>, MigrateError> {
        self.connection.query(sql, params).await.map_err(|error| failed(step, error))
    }
}
