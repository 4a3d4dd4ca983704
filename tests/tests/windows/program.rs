//! The Windows executable under Wine.

use std::path::{Path, PathBuf};

use bookstore_tests::directory::skip;
use bookstore_tests::shop::isolated;
use tokio::process::Command;
use tokio::sync::OnceCell;

/// The variable with the path of the executable, which `lab/windows/build.sh` builds.
const EXECUTABLE: &str = "BOOKSTORE_WINDOWS_EXE";
/// Leaves one of Wine's faults in place: see `lab/windows/wine-fixes.c`.
const KEEP_FAULT: &str = "BOOKSTORE_WINE_KEEP_FAULT_3";
/// Exit code of `wine.sh` on a machine that cannot run Wine.
const CANNOT_RUN: i32 = 3;

/// The executable, on a machine that can run it.
#[derive(Clone, Debug)]
pub(super) struct WindowsProgram(PathBuf);

impl WindowsProgram {
    /// None without an executable or Wine: see [`skip`].
    pub(super) async fn new() -> Option<Self> {
        static WINE: OnceCell<Result<(), String>> = OnceCell::const_new();
        let Some(executable) = std::env::var_os(EXECUTABLE) else {
            skip(
                "no Windows executable: build one with lab/windows/build.sh and set BOOKSTORE_WINDOWS_EXE to its path",
            );
            return None;
        };
        if let Err(reason) = WINE.get_or_init(prepare).await {
            skip(reason);
            return None;
        }
        Some(Self(executable.into()))
    }

    /// The words that run the executable under Wine, where it sees these folders.
    pub(super) fn words(&self, folders: &[PathBuf]) -> Vec<PathBuf> {
        let binds = folders.iter().flat_map(|folder| ["--bind".into(), folder.clone()]);
        [wine()].into_iter().chain(binds).chain([self.0.clone()]).collect()
    }

    /// The same, and each line of standard input sends a console event.
    pub(super) fn words_with_events(&self, folders: &[PathBuf]) -> Vec<PathBuf> {
        let mut words = self.words(folders);
        words.insert(words.len() - 1, "--console-events".into());
        words
    }

    /// The executable's command with these arguments.
    pub(super) fn command(&self, arguments: &[&str], folders: &[PathBuf]) -> Command {
        let words = self.words(folders);
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(arguments);
        let mut command = isolated(command);
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("BOOKSTORE_LOG_FORMAT", "json");
        command.envs(std::env::var_os(KEEP_FAULT).map(|value| (KEEP_FAULT, value)));
        command
    }
}

fn wine() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../lab/windows/wine.sh")
}

/// Installs Wine into a root directory, once per machine.
async fn prepare() -> Result<(), String> {
    let prepared = Command::new(wine()).arg("--prepare").output().await.unwrap();
    let stderr = String::from_utf8_lossy(&prepared.stderr).trim().to_owned();
    match prepared.status.code() {
        Some(CANNOT_RUN) => Err(stderr),
        code => {
            assert_eq!(code, Some(0), "{stderr}");
            Ok(())
        }
    }
}
