//! The executable `bookstore`, run as an operator runs it.

use std::path::{Path, PathBuf};
use std::process::{Command as Build, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// Builds the executable if it is not fresh, once for each test process.
///
/// # Panics
/// If it does not build.
pub fn executable() -> &'static Path {
    static EXECUTABLE: OnceLock<PathBuf> = OnceLock::new();
    EXECUTABLE.get_or_init(|| {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let build = Build::new(cargo).args(["build", "--quiet", "--workspace", "--all-features", "--bins"]).status();
        assert!(build.is_ok_and(|status| status.success()), "bookstore does not build");
        beside_this_test("bookstore")
    })
}

/// An executable of this build: …/target/debug/deps/all-0123 → …/target/debug/NAME.
///
/// # Panics
/// Never in practice.
pub fn beside_this_test(name: &str) -> PathBuf {
    let this = std::env::current_exe().expect("this test's own path");
    let folder = this.ancestors().nth(2).expect("the build's folder");
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// A command with nothing of this process's settings in it.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(executable());
    command.args(arguments);
    bare(command)
}

/// The same for another way to start it.
pub fn bare(mut command: Command) -> Command {
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("BOOKSTORE_ADDR", "127.0.0.1:0").env("BOOKSTORE_ADMIN_ADDR", "127.0.0.1:0");
    command.kill_on_drop(true);
    command
}

/// A running shop. It is killed when this is dropped.
#[derive(Debug)]
pub struct Shop {
    /// `http://127.0.0.1:port`
    pub url: String,
    /// The admin listener, likewise.
    pub admin_url: String,
    child: Child,
    output: Arc<Mutex<String>>,
}

impl Shop {
    /// Starts a shop on this database and waits until it listens.
    ///
    /// # Panics
    /// With its output, if it ends instead.
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

    /// Starts a shop by a command of one's own, made with [`command`] or [`bare`].
    ///
    /// # Panics
    /// As [`Shop::start`].
    pub async fn run(mut command: Command) -> Self {
        let mut child = command.spawn().expect("bookstore starts");
        let output = Arc::new(Mutex::new(String::new()));
        let (found, mut addresses) = watch::channel(None);
        collect(child.stdout.take(), &output, None);
        collect(child.stderr.take(), &output, Some(found));
        let listening = addresses.wait_for(Option::is_some).await.map(|addresses| addresses.clone());
        let Ok(Some((url, admin_url))) = listening else {
            panic!("bookstore ended:\n{}", output.lock().expect("the output"))
        };
        Self { url, admin_url, child, output }
    }

    /// All that the shop has written so far.
    ///
    /// # Panics
    /// Never in practice.
    pub fn output(&self) -> String {
        self.output.lock().expect("the output").clone()
    }

    /// Waits until the shop has written this: it may reach this process after the answer that it belongs to.
    ///
    /// # Panics
    /// If that does not come within seconds.
    pub async fn wrote(&self, text: &str) {
        for _ in 0..500 {
            if self.output().contains(text) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{text:?} is not in:\n{}", self.output());
    }

    /// The process.
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

    /// Asks the process to end, as an orchestrator does, and waits for it.
    ///
    /// # Panics
    /// If it cannot be asked.
    #[cfg(unix)]
    pub async fn stop(mut self) -> (ExitStatus, String) {
        let pid = self.child.id().expect("the shop runs").to_string();
        let asked = Build::new("kill").args(["-TERM", &pid]).status();
        assert!(asked.is_ok_and(|status| status.success()));
        let status = self.child.wait().await.expect("the shop ends");
        (status, self.output())
    }
}

type Found = watch::Sender<Option<(String, String)>>;

fn collect(from: Option<impl AsyncRead + Unpin + Send + 'static>, into: &Arc<Mutex<String>>, found: Option<Found>) {
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

/// From `listening on http://… (health and metrics on http://…)`.
fn addresses(line: &str) -> Option<(String, String)> {
    let (_, rest) = line.split_once("listening on ")?;
    let mut urls = rest.split(|letter: char| letter.is_whitespace() || "()\",".contains(letter));
    let mut url = || urls.by_ref().find(|word| word.starts_with("http://")).map(str::to_owned);
    Some((url()?, url()?))
}
