//! `./run.sh --lab` with the executables of this build: two shops on one database, and a clean end.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use bookstore_tests::browser::Browser;
use bookstore_tests::directory::skip;
use bookstore_tests::shop::{built_executable, executable, isolated, signal};
use bookstore_tests::wait::{PATIENCE, eventually};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

const ANY: &str = "127.0.0.1:0";

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../lab").join(name)
}

/// A running lab. If the test fails, it is ended as by an operator, so that it leaves no domain behind.
struct Lab {
    process: Child,
    stderr: JoinHandle<String>,
}

impl Lab {
    /// Starts the lab as a person does; all its files are in the folder.
    fn start(folder: &TempDir) -> Self {
        let mut command = Command::new("env");
        // A shell ignores SIGINT in its background jobs, and its children inherit that.
        command.arg("--default-signal=INT").arg(script("lab.sh"));
        command.arg(built_executable("stand-in").parent().unwrap()).arg(script("two-shops.sh")).arg(executable());
        command.args([ANY, ANY]).env("TMPDIR", folder.path()).stdin(Stdio::null());
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = process.stderr.take().unwrap();
        let stderr = tokio::spawn(async move {
            let mut text = String::new();
            stderr.read_to_string(&mut text).await.unwrap();
            text
        });
        Self { process, stderr }
    }

    /// Waits until both shops listen and returns their addresses; none if the lab ended.
    async fn addresses(&mut self) -> Option<[String; 2]> {
        let mut lines = BufReader::new(self.process.stdout.take().unwrap()).lines();
        let mut next = async || {
            let line = lines.next_line().await.unwrap()?;
            Some(line.split_whitespace().last()?.trim_end_matches("/books").to_owned())
        };
        Some([next().await?, next().await?])
    }

    /// Sends a signal like `INT`.
    fn signal(&self, name: &str) {
        if let Some(pid) = self.process.id() {
            signal(pid, name);
        }
    }

    /// The exit status and what the lab printed on standard error.
    async fn end(&mut self) -> (Option<i32>, String) {
        let status = self.process.wait().await.unwrap();
        (status.code(), (&mut self.stderr).await.unwrap())
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.signal("TERM");
        // Its files are deleted next, and it needs them to remove the domain.
        while let (Some(_), Ok(None)) = (self.process.id(), self.process.try_wait()) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The processes and mounts that mention the folder: their command lines, and lines of the mount table.
fn left_over(folder: &Path) -> Vec<String> {
    let read = |file: PathBuf| {
        let text = std::fs::read(file).unwrap_or_default();
        String::from_utf8_lossy(&text).replace('\0', " ")
    };
    let folder = folder.to_str().unwrap();
    let processes = std::fs::read_dir("/proc").unwrap().map(|process| process.unwrap().path());
    let is_of_the_lab = |process: &PathBuf| {
        read(process.join("cmdline")).contains(folder) || read(process.join("environ")).contains(folder)
    };
    let describe = |process: PathBuf| format!("{}: {}", process.display(), read(process.join("cmdline")));
    let mounts = read("/proc/mounts".into());
    let mounts = mounts.lines().filter(|mount| mount.contains(folder)).map(str::to_owned);
    processes.filter(is_of_the_lab).map(describe).chain(mounts).collect()
}

/// The names of the files in a folder.
fn files_in(folder: &Path) -> Vec<String> {
    let name = |file: std::io::Result<std::fs::DirEntry>| file.unwrap().file_name().to_string_lossy().into_owned();
    std::fs::read_dir(folder).unwrap().map(name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lab_shows_both_logins_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut lab = Lab::start(&folder);
    let Some(shops) = lab.addresses().await else {
        let (code, stderr) = lab.end().await;
        assert_eq!(code, Some(3), "{stderr}");
        skip(stderr.trim());
        return;
    };
    for (shop, title) in shops.iter().zip(["Emma by sa", "Emma by the gMSA"]) {
        Browser::new(shop).add(title).await;
    }
    for shop in &shops {
        let list = Browser::new(shop).open("/books?q=Emma").await.texts("main").concat();
        assert!(list.contains(r"BOOKSTORE\webgmsa$") && list.contains("SQL login sa"), "{list}");
    }
    assert_ne!(left_over(folder.path()), [""; 0]);
    lab.signal("INT");
    let (code, stderr) = lab.end().await;
    assert_eq!(code, Some(130), "{stderr}");
    assert_eq!(left_over(folder.path()), [""; 0], "{stderr}");
    assert_eq!(files_in(folder.path()), [""; 0], "{stderr}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shops_outlive_the_reader_of_their_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = isolated(Command::new(script("two-shops.sh")));
    command.arg(executable()).args([ANY, ANY]).env("PATH", std::env::var("PATH").unwrap()).env("TMPDIR", folder.path());
    for (variable, file) in [("LAB_SA", "sa.db"), ("LAB_GMSA", "gmsa.db")] {
        let file = folder.path().join(file);
        command.env(variable, format!("Server=(embedded);AttachDbFilename={};User ID=sa", file.display()));
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut process = command.stdout(writer).spawn().unwrap();
    let addresses = eventually("both shops listen", PATIENCE, async || {
        let logs = grep(folder.path(), "listening on");
        let url = |line: &String| line.split_once("listening on ")?.1.split_whitespace().next().map(str::to_owned);
        let urls: Vec<_> = logs.iter().filter_map(url).collect();
        if urls.len() == 2 { Ok(urls) } else { Err(format!("{logs:?}")) }
    });
    for url in addresses.await {
        for _ in 0..10 {
            assert_eq!(Browser::new(&url).open("/books").await.status, 200);
        }
    }
    assert_eq!(process.try_wait().unwrap(), None);
    assert!(Command::new("kill").arg(process.id().unwrap().to_string()).status().await.unwrap().success());
    assert_eq!(process.wait().await.unwrap().code(), Some(0));
}

/// The lines with this text in the logs of the shops, which are in a subfolder of this one.
fn grep(folder: &Path, text: &str) -> Vec<String> {
    let output = std::process::Command::new("grep").args(["-rh", "--", text]).arg(folder).output().unwrap();
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}
