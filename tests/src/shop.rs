//! The executable `bookstore`, run as an operator runs it.

use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::Command as StdCommand;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
#[cfg(unix)]
use tokio::time::sleep;
use tokio::time::timeout;

use crate::wait::{PATIENCE, eventually};

/// How the executables are built; `cargo test --workspace` does it too.
const BUILD: &str = "cargo build --workspace --all-features --bins";

/// The executable `bookstore`, checked once per test process.
///
/// # Panics
/// If it is missing or older than its sources: see [`built_executable`].
pub fn executable() -> &'static Path {
    static EXECUTABLE: OnceLock<PathBuf> = OnceLock::new();
    EXECUTABLE.get_or_init(|| built_executable("bookstore"))
}

/// An executable of this build: …/target/debug/deps/all-0123 → …/target/debug/NAME. A test does not build it: that
/// would slow down all others, and replace an executable that they run.
///
/// # Panics
/// If it is missing or older than its sources, with the command that builds it.
pub fn built_executable(name: &str) -> PathBuf {
    let this = std::env::current_exe().expect("this test's own path");
    let folder = this.ancestors().nth(2).expect("the build's folder");
    let executable = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let built = modified(&executable).unwrap_or_else(|| panic!("{} is missing; run {BUILD}", executable.display()));
    let sources = std::fs::read_to_string(folder.join(format!("{name}.d"))).expect("cargo's list of sources");
    for source in sources_in(&sources) {
        let is_newer = modified(Path::new(&source)).is_none_or(|changed| changed > built);
        assert!(!is_newer, "{} is older than {source}; run {BUILD}", executable.display());
    }
    executable
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|metadata| metadata.modified()).ok()
}

/// The files of a rule `target: file file`, as in a makefile: a space inside a name follows a backslash.
fn sources_in(rule: &str) -> Vec<String> {
    let (_, files) = rule.trim_end().split_once(": ").unwrap_or_default();
    let files = files.replace("\\ ", "\0");
    files.split_whitespace().map(|file| file.replace('\0', " ")).collect()
}

/// A command of the executable that inherits none of this process's settings.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(executable());
    command.args(arguments);
    isolated(command)
}

/// The same for a command that starts the executable in another way.
pub fn isolated(mut command: Command) -> Command {
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("BOOKSTORE_ADDR", "127.0.0.1:0").env("BOOKSTORE_ADMIN_ADDR", "127.0.0.1:0");
    command.kill_on_drop(true);
    command
}

/// A running shop. It is killed when this is dropped.
#[derive(Debug)]
pub struct Shop {
    /// `http://127.0.0.1:port`.
    pub url: String,
    /// The same for the admin listener.
    pub admin_url: String,
    child: Child,
    output: Arc<Mutex<String>>,
}

impl Shop {
    /// Starts a shop on this database and waits until it listens.
    ///
    /// # Panics
    /// With its output, if it ends before or does not listen in time.
    pub async fn start(connection_string: &str) -> Self {
        Self::start_with(connection_string, &[]).await
    }

    /// Like [`Shop::start`], with more settings.
    ///
    /// # Panics
    /// As [`Shop::start`].
    pub async fn start_with(connection_string: &str, settings: &[(&str, &str)]) -> Self {
        let mut command = command(&["serve"]);
        command.env("connectionstring", connection_string).envs(settings.iter().copied());
        Self::run(command).await
    }

    /// Starts a shop by a command from [`command`] or [`isolated`].
    ///
    /// # Panics
    /// As [`Shop::start`].
    pub async fn run(command: Command) -> Self {
        Self::try_run(command).await.unwrap_or_else(|output| panic!("{output}"))
    }

    /// The same for a shop that may find its address in use.
    ///
    /// # Errors
    /// Its output, if it ends before it listens, or does not listen in time.
    ///
    /// # Panics
    /// If the executable cannot be started.
    pub async fn try_run(mut command: Command) -> Result<Self, String> {
        let mut child = command.spawn().expect("bookstore starts");
        let output = Arc::new(Mutex::new(String::new()));
        let (found, mut addresses) = watch::channel(None);
        collect(child.stdout.take(), &output, None);
        collect(child.stderr.take(), &output, Some(found));
        let listening = timeout(PATIENCE, addresses.wait_for(Option::is_some)).await;
        let listening = listening.map(|addresses| addresses.ok().and_then(|addresses| addresses.clone()));
        let Ok(Some((url, admin_url))) = listening else {
            return Err(format!("bookstore ended, or does not listen:\n{}", output.lock().expect("the output")));
        };
        Ok(Self { url, admin_url, child, output })
    }

    /// All that the shop has written so far.
    ///
    /// # Panics
    /// Never in practice.
    pub fn output(&self) -> String {
        self.output.lock().expect("the output").clone()
    }

    /// Waits until the shop has written this text: a log line may arrive after the response that it belongs to.
    ///
    /// # Panics
    /// With the output, if it does not.
    pub async fn wait_for_output(&self, text: &str) {
        let probe = async || if self.output().contains(text) { Ok(()) } else { Err(self.output()) };
        eventually(&format!("{text:?} is in the output"), PATIENCE, probe).await;
    }

    /// The process id.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends the process at once, as `kill -9` does.
    ///
    /// # Panics
    /// If it cannot be killed.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("the shop is killed");
    }

    /// Its standard input, if the command has a pipe for it.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Sends SIGTERM, as an orchestrator does.
    ///
    /// # Panics
    /// If the signal cannot be sent.
    #[cfg(unix)]
    pub fn interrupt(&self) {
        signal(self.pid().expect("the process runs"), "TERM");
    }

    /// Stops the process for this long: SIGSTOP, then SIGCONT.
    ///
    /// # Panics
    /// If a signal cannot be sent.
    #[cfg(unix)]
    pub async fn pause(&self, length: Duration) {
        let pid = self.pid().expect("the process runs");
        signal(pid, "STOP");
        sleep(length).await;
        signal(pid, "CONT");
    }

    /// Waits for the end of the process. Returns its status and all that it has written.
    ///
    /// # Panics
    /// If it does not end.
    pub async fn wait(mut self) -> (ExitStatus, String) {
        let status = timeout(PATIENCE, self.child.wait()).await;
        (status.expect("the shop ends in time").expect("the shop ends"), self.output())
    }

    /// Sends SIGTERM and waits for the end of the process.
    ///
    /// # Panics
    /// If the signal cannot be sent.
    #[cfg(unix)]
    pub async fn stop(self) -> (ExitStatus, String) {
        self.interrupt();
        self.wait().await
    }
}

/// Sends this signal to a process that runs, by its id.
///
/// # Panics
/// If the signal cannot be sent.
#[cfg(unix)]
pub fn signal(pid: u32, name: &str) {
    let sent = StdCommand::new("kill").args(["-s", name, &pid.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "SIG{name} is sent");
}

type AddressSender = watch::Sender<Option<(String, String)>>;

fn collect(
    from: Option<impl AsyncRead + Unpin + Send + 'static>,
    into: &Arc<Mutex<String>>,
    found: Option<AddressSender>,
) {
    let (from, into) = (from.expect("a pipe"), Arc::clone(into));
    tokio::spawn(async move {
        let mut lines = BufReader::new(from).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let (Some(found), Some(addresses)) = (&found, addresses(&line)) {
                found.send_replace(Some(addresses));
            }
            let mut text = into.lock().expect("the output");
            text.push_str(&line);
            text.push('\n');
        }
    });
}

/// Reads both addresses from `listening on http://… (health and metrics on http://…)`.
fn addresses(line: &str) -> Option<(String, String)> {
    let (_, rest) = line.split_once("listening on ")?;
    let mut urls = rest.split(|letter: char| letter.is_whitespace() || "()\",".contains(letter));
    let mut url = || urls.by_ref().find(|word| word.starts_with("http://")).map(str::to_owned);
    Some((url()?, url()?))
}
