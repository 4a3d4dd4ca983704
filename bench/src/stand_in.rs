//! The SQL Server stand-in as a process of its own, on the same cores.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use bookstore_db::connection_string::SqlServerSettings;
use bookstore_db::migrate::{Options, migrate};
use bookstore_tests::fixture::settings;

use crate::process::Process;

/// A server, and how to reach it.
pub(crate) struct Server {
    pub(crate) connection_string: String,
    pub(crate) settings: SqlServerSettings,
    _process: Option<Process>,
}

impl Server {
    /// The server that the connection string names, which is not ours to fill.
    pub(crate) fn real(connection_string: &str) -> Self {
        let connection_string = connection_string.to_owned();
        Self { settings: settings(&connection_string), connection_string, _process: None }
    }

    /// Starts the stand-in with the eight books.
    pub(crate) async fn stand_in(build: &Path, data: &Path) -> Self {
        let mut command = Command::new(build.join("stand-in"));
        command.args(["--listen", "127.0.0.1:0", "--sa-password", "Secret-1", "--data"]).arg(data);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the stand-in starts");
        let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let connection_string =
            lines.map_while(Result::ok).find(|line| line.contains("User Id=sa")).expect("its connection string");
        let settings = settings(&connection_string);
        migrate(&settings, &Options { seed: true, grant: None }).await.expect("the database is made");
        Self { connection_string, settings, _process: Some(Process::of(child)) }
    }
}
