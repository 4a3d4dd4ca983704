//! A shop whose embedded store is on a small file system of its own, which can be filled.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::process::Command;

use crate::shop::{Shop, isolated};

/// Runs the shop with a file system of 16 MB on the folder, which only the shop sees: SQLite's log grows to 4 MB before
/// its pages are copied into the file, which then grows.
const START: &str = r#"mount -t tmpfs -o size=16m none "$0" && exec "$1" serve"#;
const UNSHARE: [&str; 3] = ["--map-root-user", "--mount", "sh"];

/// The bytes that stay free beside the file that fills the disk.
const FREE: u64 = 256 * 1024;

/// The shop and its disk.
#[derive(Debug)]
pub struct SmallDisk {
    /// The shop.
    pub shop: Shop,
    /// The folder as this process sees it.
    root: PathBuf,
    _folder: TempDir,
}

impl SmallDisk {
    /// Starts a shop with the login `sa`; `None` if this system allows no mount in a namespace of its own.
    ///
    /// # Panics
    /// If there is no temporary folder, or the shop does not start.
    pub async fn start(executable: &Path) -> Option<Self> {
        let probe = Command::new("unshare").args(UNSHARE).args(["-c", "mount -t tmpfs none /mnt"]).output().await;
        if !probe.is_ok_and(|probe| probe.status.success()) {
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = isolated(Command::new("unshare"));
        command.args(UNSHARE).args(["-c", START]).arg(folder.path()).arg(executable);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let database = folder.path().join("books.db");
        let string = format!("Server=(embedded);AttachDbFilename={};User ID=sa", database.display());
        command.env("connectionstring", string);
        let shop = Shop::run(command).await;
        let pid = shop.pid().expect("the shop runs");
        let root = PathBuf::from(format!("/proc/{pid}/root{}", folder.path().display()));
        Some(Self { shop, root, _folder: folder })
    }

    /// Copies the file of the embedded store, and its log, into the folder, and returns the copy. SQLite cannot open the
    /// original: it resolves links, which leads back out of the shop's namespace. Nobody may write meanwhile.
    ///
    /// # Panics
    /// If a file cannot be copied.
    pub fn copy_database(&self, folder: &Path) -> PathBuf {
        for name in ["books.db", "books.db-wal"] {
            std::fs::copy(self.root.join(name), folder.join(name)).expect("the file is copied");
        }
        folder.join("books.db")
    }

    /// Fills the disk but for 256 KiB.
    ///
    /// # Panics
    /// If the file that fills it cannot be opened.
    pub fn fill(&self) {
        let mut filler = OpenOptions::new().create(true).append(true).open(self.filler()).expect("the filler");
        while filler.write_all(&[0; 4096]).is_ok() {}
        let length = filler.metadata().expect("its length").len();
        filler.set_len(length.saturating_sub(FREE)).expect("some space is free");
    }

    /// Frees what [`SmallDisk::fill`] filled.
    ///
    /// # Panics
    /// If the file that fills the disk cannot be truncated.
    pub fn free(&self) {
        let filler = OpenOptions::new().write(true).open(self.filler()).expect("the filler");
        filler.set_len(0).expect("the disk has space again");
    }

    fn filler(&self) -> PathBuf {
        self.root.join("filler")
    }
}
