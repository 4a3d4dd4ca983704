//! A real Active Directory, started once and leased to one test at a time: see `lab/directory`.

use std::io::Write;
use std::ops::Deref;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as StdCommand, Output, Stdio};

use tokio::process::Command;
use tokio::sync::{Mutex, MutexGuard};

use crate::shop::{executable, isolated};

/// If it is 1, a machine that cannot run a directory fails the test instead of skipping it.
const RUN_ALL: &str = "BOOKSTORE_TEST_ALL";
/// Exit code of `up.sh` on a machine that cannot run a directory.
const CANNOT_RUN: i32 = 3;

static LAB: Mutex<Lab> = Mutex::const_new(Lab::NotStarted);

enum Lab {
    NotStarted,
    Up(Directory),
    CannotRun(String),
}

/// A running domain. Dropping it stops it.
pub struct Directory {
    folder: PathBuf,
    host_address: String,
    guard: Child,
}

/// The domain, for one test alone. A test that fails stops the domain, as its state is then unknown.
pub struct DirectoryLease(MutexGuard<'static, Lab>);

impl DirectoryLease {
    /// Leases the domain, which is started if necessary. None if this machine cannot run one: see [`skip`].
    ///
    /// # Panics
    /// If it does not start, or this machine cannot run it while `BOOKSTORE_TEST_ALL` is 1.
    pub async fn new() -> Option<Self> {
        let mut lab = LAB.lock().await;
        if let Lab::NotStarted = *lab {
            *lab = Directory::start().await.map_or_else(Lab::CannotRun, Lab::Up);
        }
        if let Lab::CannotRun(reason) = &*lab {
            skip(reason);
            return None;
        }
        Some(Self(lab))
    }
}

/// Reports that this machine cannot run the test: writes `SKIPPED: test: reason` to standard error, bypassing output
/// capture.
///
/// # Panics
/// While `BOOKSTORE_TEST_ALL` is 1.
pub fn skip(reason: &str) {
    assert!(std::env::var_os(RUN_ALL).is_none_or(|all| all != "1"), "{reason}");
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    writeln!(std::io::stderr(), "\nSKIPPED: {test}: {reason}").expect("standard error");
}

impl Deref for DirectoryLease {
    type Target = Directory;

    fn deref(&self) -> &Directory {
        match &*self.0 {
            Lab::Up(directory) => directory,
            Lab::NotStarted | Lab::CannotRun(_) => panic!("a leased directory is running"),
        }
    }
}

impl Drop for DirectoryLease {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0 = Lab::NotStarted;
        }
    }
}

impl Directory {
    async fn start() -> Result<Self, String> {
        let folder = tempfile::tempdir().expect("a temporary folder").keep();
        let guard = guard(&folder);
        let mut directory = Self { folder, host_address: String::new(), guard };
        let up = Command::new(script("up.sh")).arg(directory.lab_folder()).output().await.expect("up.sh runs");
        let stderr = String::from_utf8_lossy(&up.stderr).trim().to_owned();
        if up.status.code() == Some(CANNOT_RUN) {
            return Err(stderr);
        }
        assert!(up.status.success(), "the directory does not start:\n{stderr}");
        directory.host_address = directory.fact("HOST_IP");
        Ok(directory)
    }

    /// The folder of the files that `up.sh` writes.
    pub fn lab_folder(&self) -> PathBuf {
        self.folder.join("lab")
    }

    /// This machine's address in the domain: that of `db.bookstore.local`.
    pub fn host_address(&self) -> &str {
        &self.host_address
    }

    /// A fact about the domain by its name in the file `env`, such as `DC_IP`.
    ///
    /// # Panics
    /// If the file has no such name.
    pub fn fact(&self, name: &str) -> String {
        let facts = std::fs::read_to_string(self.file("env")).expect("the facts of the domain");
        let mut values = facts.lines().filter_map(|line| line.split_once('='));
        values.find(|(key, _)| *key == name).expect(name).1.to_owned()
    }

    /// A file that `up.sh` writes.
    pub fn file(&self, name: &str) -> PathBuf {
        self.lab_folder().join(name)
    }

    /// A command that runs `program` in the domain, with its DNS and its krb5.conf.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(script("domain.sh"));
        command.arg(self.lab_folder()).arg("exec").arg(program.as_ref());
        command
    }

    /// Runs `domain.sh` with these arguments and returns what it prints.
    ///
    /// # Panics
    /// With its output, if it fails.
    pub async fn lab(&self, arguments: &[&str]) -> String {
        let done = Command::new(script("domain.sh"))
            .arg(self.lab_folder())
            .args(arguments)
            .output()
            .await
            .expect("domain.sh runs");
        assert!(done.status.success(), "domain.sh {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    /// The command `bookstore gmsa-ticket` as a computer of the domain.
    pub fn gmsa_ticket(&self, computer: &str, cache: &Path) -> Command {
        let mut command = isolated(self.command(executable()));
        command.args(["gmsa-ticket", "--gmsa", "webgmsa", "--directory", "ldap://dc1.bookstore.local", "--keytab"]);
        command.arg(self.file(&format!("{computer}.keytab"))).arg("--cache").arg(cache);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    }

    /// Requests a ticket of the gMSA into `cache`, as a computer of the domain. It is valid for `seconds`, or for as
    /// long as the domain allows if that is 0.
    ///
    /// # Panics
    /// If the command cannot be run.
    pub async fn ticket(&self, computer: &str, cache: &Path, seconds: u32) -> Output {
        let mut command = self.gmsa_ticket(computer, cache);
        command.arg("--once");
        if seconds > 0 {
            command.arg("--lifetime").arg(format!("{seconds}s"));
        }
        command.output().await.expect("domain.sh runs")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // At the end of its input the guard process stops the domain.
        drop(self.guard.stdin.take());
        drop(self.guard.wait());
    }
}

/// A process that stops the domain when this one ends, in whatever way: a static is never dropped.
fn guard(folder: &Path) -> Child {
    let watch = r#"cat >/dev/null; "$0" "$1/lab"; rm -rf "$1""#;
    let mut command = StdCommand::new("sh");
    command.args(["-c", watch]).arg(script("down.sh")).arg(folder);
    // Its own process group, so that Ctrl-C in a terminal does not reach it.
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null());
    command.spawn().expect("sh runs")
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../lab/directory").join(name)
}
