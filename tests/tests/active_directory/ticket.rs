//! `bookstore gmsa-ticket`: it keeps the gMSA's ticket fresh, follows a rolled password, and names what refuses it.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use bookstore_tests::directory::DirectoryLease;
use bookstore_tests::shop::executable;
use bookstore_tests::wait::{PATIENCE, eventually};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

struct Member {
    directory: DirectoryLease,
    folder: TempDir,
}

impl Member {
    async fn new() -> Option<Self> {
        Some(Self { directory: DirectoryLease::new().await?, folder: tempfile::tempdir().unwrap() })
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("webgmsa.ccache")
    }

    /// The command that keeps the ticket fresh, with these further arguments.
    fn start(&self, arguments: &[&str]) -> Refresher {
        let mut command = self.directory.gmsa_ticket("host1", &self.cache());
        let command = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        Refresher { log: BufReader::new(process.stderr.take().unwrap()).lines(), process }
    }

    async fn check(&self) -> Output {
        let mut command = Command::new(executable());
        command.args(["gmsa-ticket", "--check", "--cache"]).arg(self.cache()).output().await.unwrap()
    }

    /// Expects exit code 1, these texts on standard error, and no ticket.
    async fn assert_refused(&self, mut command: Command, parts: &[&str]) {
        let output = command.arg("--once").output().await.unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        for part in parts {
            assert!(stderr.contains(part), "{part:?} is not in: {stderr}");
        }
        assert!(std::fs::read_dir(self.folder.path()).unwrap().next().is_none(), "a file stays");
    }

    fn command(&self, change: impl FnOnce(&mut Command)) -> Command {
        let mut command = self.directory.gmsa_ticket("host1", &self.cache());
        change(&mut command);
        command
    }
}

struct Refresher {
    log: Lines<BufReader<ChildStderr>>,
    process: Child,
}

impl Refresher {
    async fn wait_for(&mut self, text: &str) {
        let found = async {
            while let Some(line) = self.log.next_line().await.unwrap() {
                if line.contains(text) {
                    return;
                }
            }
            panic!("the log ended without {text:?}");
        };
        tokio::time::timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("no {text:?} in the log"));
    }
}

fn content(cache: &Path) -> Vec<u8> {
    std::fs::read(cache).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ticket_is_renewed_and_follows_a_rolled_password() {
    let Some(member) = Member::new().await else { return };
    let mut refresher = member.start(&["--lifetime", "4s"]);
    refresher.wait_for("webgmsa$@BOOKSTORE.LOCAL").await;
    eventually("a valid ticket", PATIENCE, async || member.check().await.status.success()).await;
    let mut former = content(&member.cache());
    member.directory.lab(&["roll-gmsa"]).await;
    for _ in 0..2 {
        eventually("another ticket", PATIENCE, async || content(&member.cache()) != former).await;
        former = content(&member.cache());
    }
    let pid = refresher.process.id().unwrap().to_string();
    assert!(std::process::Command::new("kill").arg(pid).status().unwrap().success());
    assert!(refresher.process.wait().await.unwrap().success(), "a signal ends it without an error");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failure_keeps_the_former_ticket_and_is_retried() {
    let Some(member) = Member::new().await else { return };
    let mut refresher = member.start(&["--lifetime", "2s"]);
    refresher.wait_for("got a ticket").await;
    member.directory.lab(&["remove-member", "host1"]).await;
    refresher.wait_for("may not read the password of webgmsa$").await;
    assert!(!content(&member.cache()).is_empty());
    eventually("an ended ticket", PATIENCE, async || !member.check().await.status.success()).await;
    let stderr = String::from_utf8(member.check().await.stderr).unwrap();
    assert!(stderr.contains("ended at"), "{stderr}");
    member.directory.lab(&["add-member", "host1"]).await;
    refresher.wait_for("got a ticket").await;
    refresher.process.kill().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusal_names_what_is_wrong() {
    let Some(member) = Member::new().await else { return };
    let outsider = member.directory.gmsa_ticket("host2", &member.cache());
    member.assert_refused(outsider, &["host2$@BOOKSTORE.LOCAL may not read the password of webgmsa$"]).await;
    let absent = member.command(|command| _ = command.args(["--member", "host9$"]));
    member.assert_refused(absent, &["host9$"]).await;
    member.directory.lab(&["disable", "webgmsa$"]).await;
    member.assert_refused(member.command(|_| ()), &["the account webgmsa$ is disabled"]).await;
    member.directory.lab(&["enable", "webgmsa$"]).await;
    member.directory.lab(&["new-password", "host1$"]).await;
    member.assert_refused(member.command(|_| ()), &["host1$", "KRB5KDC_ERR_PREAUTH_FAILED"]).await;
    let keytab = member.directory.file("host1.keytab");
    member.directory.lab(&["keytab", "host1$", keytab.to_str().unwrap()]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_of_a_missing_cache_fails() {
    let Some(member) = Member::new().await else { return };
    let checked = member.check().await;
    assert_eq!(checked.status.code(), Some(1));
    assert!(String::from_utf8(checked.stderr).unwrap().contains("it does not exist"));
}
