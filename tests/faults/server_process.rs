//! The stand-in as a process of its own, which can be killed and stopped. Its data stay.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bookstore_db::connection_string::SqlServerSettings;
use bookstore_tests::fixture::prepare_database;
use bookstore_tests::shop::signal;
use bookstore_tests::sql::settings;
use bookstore_tests::wait::{PATIENCE, eventually};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{Duration, sleep, timeout};

use crate::setup::free_address;

/// The running process. It is killed when this is dropped.
pub(crate) struct ServerProcess {
    executable: PathBuf,
    addr: SocketAddr,
    data: TempDir,
    child: Child,
    /// Kept open, so that the process can write to it.
    _output: BufReader<ChildStdout>,
}

impl ServerProcess {
    /// Starts a server with a database for the login.
    pub(crate) async fn start(executable: &Path, login: &str) -> Self {
        let (data, addr) = (tempfile::tempdir().expect("a folder"), free_address());
        let (child, output) = start_listening(executable, addr, data.path(), login).await;
        let server = Self { executable: executable.to_owned(), addr, data, child, _output: output };
        prepare_database(&server.administrator(), login).await;
        server
    }

    /// Kills the process and starts it again on the same data and address after this pause.
    pub(crate) async fn restart(&mut self, login: &str, pause: Duration) {
        self.child.kill().await.expect("the server is killed");
        sleep(pause).await;
        (self.child, self._output) = start_listening(&self.executable, self.addr, self.data.path(), login).await;
    }

    /// Stops the process for this long: SIGSTOP, then SIGCONT.
    pub(crate) async fn pause(&self, length: Duration) {
        let pid = self.child.id().expect("the process runs");
        signal(pid, "STOP");
        sleep(length).await;
        signal(pid, "CONT");
    }

    pub(crate) fn connection_string(&self, login: &str) -> String {
        let port = self.addr.port();
        format!(
            "Server=127.0.0.1,{port};Database=Bookstore;User ID={login};Password=Secret-1;TrustServerCertificate=true"
        )
    }

    pub(crate) fn administrator(&self) -> SqlServerSettings {
        settings(&self.connection_string("sa"))
    }
}

/// Starts the process until it listens. While nobody listens, the system may give the port to a connection of another
/// process, even to one that was to reach this server.
async fn start_listening(
    executable: &Path,
    addr: SocketAddr,
    data: &Path,
    login: &str,
) -> (Child, BufReader<ChildStdout>) {
    eventually("the server listens", PATIENCE, async || run(executable, addr, data, login).await).await
}

/// Returns once the process listens, or what it wrote instead.
async fn run(
    executable: &Path,
    addr: SocketAddr,
    data: &Path,
    login: &str,
) -> Result<(Child, BufReader<ChildStdout>), String> {
    let mut command = Command::new(executable);
    command.args(["--sa-password", "Secret-1", "--login", &format!("{login}=Secret-1"), "--listen"]);
    // A killed process leaves its temporary files there too.
    command.arg(addr.to_string()).arg("--data").arg(data).env("TMPDIR", data);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn().expect("the server starts");
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    let first = timeout(PATIENCE, output.read_line(&mut line)).await;
    first.expect("the server starts in time").expect("its output");
    if line.starts_with("address") { Ok((child, output)) } else { Err(format!("the server writes {line:?}")) }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use bookstore_tests::shop::built_executable;

    use super::*;

    #[tokio::test]
    async fn server_starts_when_its_port_becomes_free() {
        let (data, addr) = (tempfile::tempdir().unwrap(), free_address());
        let other = TcpListener::bind(addr).unwrap();
        let executable = built_executable("stand-in");
        let release = async {
            // Long enough for an attempt; a slow machine passes without one.
            sleep(Duration::from_secs(1)).await;
            drop(other);
        };
        let ((mut child, _output), ()) =
            tokio::join!(start_listening(&executable, addr, data.path(), "webapp"), release);
        child.kill().await.unwrap();
    }
}
