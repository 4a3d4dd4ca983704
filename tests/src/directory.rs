//! A real Active Directory, brought up once for all tests that borrow it, one after the other: see `tests/active-directory`.

use std::io::Write;
use std::ops::Deref;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Blocking, Output, Stdio};

use tokio::process::Command;
use tokio::sync::{Mutex, MutexGuard};

/// Set to 1, it makes a machine that cannot run a directory a failure.
const ALL: &str = "BOOKSTORE_TEST_ALL";
/// How `up.sh` says that this machine cannot.
const NOT_POSSIBLE: i32 = 3;

static LAB: Mutex<Lab> = Mutex::const_new(Lab::NotTried);

enum Lab {
    NotTried,
    Up(Directory),
    NotPossible(String),
}

/// A domain that is up. Dropping it takes it down.
pub struct Directory {
    folder: PathBuf,
    host_address: String,
    guard: Child,
}

/// The domain, for one test alone. A test that fails takes the domain down with it, in whatever state that is.
pub struct Borrowed(MutexGuard<'static, Lab>);

impl Borrowed {
    /// The domain, brought up if it is not. None if this machine cannot run one: a line `SKIPPED: test: reason` on standard error
    /// says so, past the capture of the test's output.
    ///
    /// # Panics
    /// If it does not come up, or cannot while `BOOKSTORE_TEST_ALL` is 1.
    pub async fn new() -> Option<Self> {
        let mut lab = LAB.lock().await;
        if let Lab::NotTried = *lab {
            *lab = Directory::up().await.map_or_else(Lab::NotPossible, Lab::Up);
        }
        if let Lab::NotPossible(reason) = &*lab {
            assert!(std::env::var_os(ALL).is_none_or(|all| all != "1"), "{reason}");
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            writeln!(std::io::stderr(), "\nSKIPPED: {test}: {reason}").expect("standard error");
            return None;
        }
        Some(Self(lab))
    }
}

impl Deref for Borrowed {
    type Target = Directory;

    fn deref(&self) -> &Directory {
        match &*self.0 {
            Lab::Up(directory) => directory,
            Lab::NotTried | Lab::NotPossible(_) => panic!("a borrowed directory is up"),
        }
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0 = Lab::NotTried;
        }
    }
}

impl Directory {
    async fn up() -> Result<Self, String> {
        let folder = tempfile::tempdir().expect("a temporary folder").keep();
        let guard = guard(&folder);
        let mut directory = Self { folder, host_address: String::new(), guard };
        let up = Command::new(script("up.sh")).arg(directory.lab_folder()).output().await.expect("up.sh runs");
        let said = String::from_utf8_lossy(&up.stderr).trim().to_owned();
        if up.status.code() == Some(NOT_POSSIBLE) {
            return Err(said);
        }
        assert!(up.status.success(), "the directory does not come up:\n{said}");
        directory.host_address = directory.fact("HOST_IP");
        Ok(directory)
    }

    fn lab_folder(&self) -> PathBuf {
        self.folder.join("lab")
    }

    /// This machine's address as the domain sees it: that of `db.bookstore.local`.
    pub fn host_address(&self) -> &str {
        &self.host_address
    }

    /// A fact of the domain by its name in `env`, like `DC_IP`.
    ///
    /// # Panics
    /// If there is none.
    pub fn fact(&self, name: &str) -> String {
        let facts = std::fs::read_to_string(self.file("env")).expect("the facts of the domain");
        let mut values = facts.lines().filter_map(|line| line.split_once('='));
        values.find(|(key, _)| *key == name).expect(name).1.to_owned()
    }

    /// A file that `up.sh` left.
    pub fn file(&self, name: &str) -> PathBuf {
        self.lab_folder().join(name)
    }

    /// A command that becomes `program` in the domain: with its DNS and its krb5.conf.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(script("lab.sh"));
        command.arg(self.lab_folder()).arg("exec").arg(program.as_ref());
        command
    }

    /// What `lab.sh` does, by its verb; answers what it prints.
    ///
    /// # Panics
    /// With its output, if it fails.
    pub async fn lab(&self, verb: &[&str]) -> String {
        let done =
            Command::new(script("lab.sh")).arg(self.lab_folder()).args(verb).output().await.expect("lab.sh runs");
        assert!(done.status.success(), "lab.sh {verb:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    /// Gets a ticket of the gMSA into `cache`, as a computer of the domain; it lives so many seconds, or as long as the domain
    /// lets it with 0.
    ///
    /// # Panics
    /// If the script cannot be run.
    pub async fn ticket(&self, computer: &str, cache: &Path, seconds: u32) -> Output {
        let mut command = Command::new(script("gmsa-ticket.sh"));
        command.arg(self.lab_folder()).arg(computer).arg(cache).arg(seconds.to_string());
        command.output().await.expect("gmsa-ticket.sh runs")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // The end of its input is the guard's sign.
        drop(self.guard.stdin.take());
        drop(self.guard.wait());
    }
}

/// A process that takes the domain down once this one is gone, however it ended: nothing drops a static.
fn guard(folder: &Path) -> Child {
    let watch = r#"cat >/dev/null; "$0" "$1/lab"; rm -rf "$1""#;
    let mut command = Blocking::new("sh");
    command.args(["-c", watch]).arg(script("down.sh")).arg(folder);
    // A Ctrl-C in a terminal is not for it.
    command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null());
    command.spawn().expect("sh runs")
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("active-directory").join(name)
}
