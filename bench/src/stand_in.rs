//! The server that the shop runs on: the SQL Server stand-in as a process on the same cores, or a real one.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use bookstore_db::connection_string::{ConnectionString, SqlServerSettings, Target};
use bookstore_db::migrate::{MigrationOptions, migrate};

use crate::process::Process;

/// A SQL server and how to reach it.
pub(crate) struct Server {
    pub(crate) connection_string: String,
    pub(crate) settings: SqlServerSettings,
    _process: Option<Process>,
}

impl Server {
    /// The server in the connection string. It is not filled with books.
    pub(crate) fn real(connection_string: &str) -> Self {
        let connection_string = connection_string.to_owned();
        Self { settings: settings(&connection_string), connection_string, _process: None }
    }

    /// Starts the stand-in with a migrated and seeded database.
    pub(crate) async fn stand_in(build: &Path, data: &Path) -> Self {
        let mut command = Command::new(build.join("stand-in"));
        command.args(["--listen", "127.0.0.1:0", "--sa-password", "Secret-1", "--data"]).arg(data);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the stand-in starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let connection_string =
            lines.map_while(Result::ok).find(|line| line.contains("User Id=sa")).expect("its connection string");
        let settings = settings(&connection_string);
        migrate(&settings, &MigrationOptions { seed: true, ..MigrationOptions::default() })
            .await
            .expect("the database is created");
        Self { connection_string, settings, _process: Some(Process::of(child)) }
    }
}

fn settings(text: &str) -> SqlServerSettings {
    let parsed: ConnectionString = text.parse().expect("a connection string");
    match parsed.target {
        Target::SqlServer(settings) => *settings,
        Target::Embedded(_) => panic!("--server needs a SQL Server"),
    }
}
