//! A site whose shops are the Windows executable.

use std::path::{Path, PathBuf};

use bookstore_tests::directory::skip;
use tokio::process::Command;
use tokio::sync::OnceCell;

use crate::active_directory::site::{Open, Site};

/// Names the executable: `tests/windows/build.sh` makes it.
const EXECUTABLE: &str = "BOOKSTORE_WINDOWS_EXE";
/// How `wine.sh` says that this machine cannot.
const NOT_POSSIBLE: i32 = 3;

/// The replaced demo's own string, but for the host and two faults of Wine 10's that Windows does not have: it refuses a certificate
/// of which it knows no revocation list, whatever `CERT_CHAIN_POLICY_IGNORE_ALL_REV_UNKNOWN_FLAGS` says; and `DecryptMessage` gives a
/// record's whole length for what is missing of it, so that a reply of more than a kilobyte is waited for in vain.
pub(super) const INTEGRATED: &str = "Server=db.bookstore.local; Database = Bookstore; Trusted_Connection=true;\
                                     TrustServerCertificate=true;Encrypt=Optional";

/// A site and what runs the executable in it.
pub(super) struct Machine {
    pub(super) site: Site,
    executable: PathBuf,
}

impl Machine {
    /// Without a ticket. None where there is no executable, no Wine or no directory: see [`skip`].
    pub(super) async fn new() -> Option<Self> {
        static WINE: OnceCell<Result<(), String>> = OnceCell::const_new();
        let Some(executable) = std::env::var_os(EXECUTABLE) else {
            skip("no Windows executable: give the one that tests/windows/build.sh makes as BOOKSTORE_WINDOWS_EXE");
            return None;
        };
        if let Err(reason) = WINE.get_or_init(prepare).await {
            skip(reason);
            return None;
        }
        Some(Self { site: Site::new().await?, executable: executable.into() })
    }

    /// The executable's command; `KRB5CCNAME` and `KRB5_CONFIG` are those of the site, as Wine's Negotiate is Linux' Kerberos.
    pub(super) fn command(&self, connection_string: &str) -> Command {
        let binds = [self.site.folder().to_owned(), self.site.directory.lab_folder()];
        let binds = binds.into_iter().flat_map(|folder| ["--bind".into(), folder]);
        let words = [wine()].into_iter().chain(binds).chain([self.executable.clone()]);
        self.site.command_of(words, &["serve"], connection_string)
    }

    pub(super) async fn shop(&self) -> Open {
        Open::new(self.command(INTEGRATED)).await
    }
}

fn wine() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("windows/wine.sh")
}

/// The first time on a machine, this makes a root directory with Wine in it.
async fn prepare() -> Result<(), String> {
    let prepared = Command::new(wine()).arg("--prepare").output().await.unwrap();
    let said = String::from_utf8_lossy(&prepared.stderr).trim().to_owned();
    match prepared.status.code() {
        Some(NOT_POSSIBLE) => Err(said),
        code => {
            assert_eq!(code, Some(0), "{said}");
            Ok(())
        }
    }
}
