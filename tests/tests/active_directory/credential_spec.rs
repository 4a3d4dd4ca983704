//! `bookstore credspec --from-directory`: what it prints is what the directory says, and an account that would not do is named.

use std::path::PathBuf;
use std::process::Output;

use bookstore_tests::directory::Borrowed;
use bookstore_tests::shop::executable;
use serde_json::Value;
use tempfile::TempDir;

/// Anybody of the domain, who asks.
struct Asker {
    directory: Borrowed,
    folder: TempDir,
}

const CONTROLLER: &str = "ldap://dc1.bookstore.local";

impl Asker {
    /// With a ticket: the gMSA's own will do.
    async fn new() -> Option<Self> {
        let asker = Self { directory: Borrowed::new().await?, folder: tempfile::tempdir().unwrap() };
        let got = asker.directory.ticket("host1", &asker.cache(), 0).await;
        assert!(got.status.success(), "{}", String::from_utf8_lossy(&got.stderr));
        Some(asker)
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("asker.ccache")
    }

    async fn ask(&self, url: &str, args: &[&str]) -> Output {
        let mut command = self.directory.command(executable());
        command.args(["credspec", "--from-directory", url]).args(args).env("KRB5CCNAME", self.cache());
        command.output().await.unwrap()
    }

    async fn prints(&self, args: &[&str]) -> String {
        let output = self.ask(CONTROLLER, args).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// It ends with 1, nothing on standard output, and these words.
    async fn fails(&self, url: &str, account: &str, words: &[&str]) {
        let output = self.ask(url, &["--gmsa", account]).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]), "{said}");
        for words in words {
            assert!(said.contains(words), "{words}: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_credential_spec_has_the_names_sid_and_guid_that_the_directory_has() {
    let Some(asker) = Asker::new().await else { return };
    let facts = asker.directory.lab(&["facts"]).await;
    assert_eq!(asker.prints(&["--gmsa", "webgmsa", "--format", "parameters"]).await, facts);
    let fact = |name: &str| {
        let line = facts.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("{name}: {facts}")).to_owned()
    };
    // As the directory spells it, with its $ or without.
    let json = asker.prints(&["--gmsa", "WebGmsa$", "--format", "json"]).await;
    let spec: Value = serde_json::from_str(&json).unwrap();
    let domain = &spec["DomainJoinConfig"];
    assert_eq!((&domain["Sid"], &domain["Guid"]), (&fact("AD_SID").into(), &fact("AD_GUID").into()));
    assert_eq!(domain["MachineAccountName"], "webgmsa");
    assert_eq!((&domain["DnsName"], &domain["DnsTreeName"]), (&"bookstore.local".into(), &"bookstore.local".into()));
    assert_eq!(domain["NetBiosName"], "BOOKSTORE");
    let accounts = &spec["ActiveDirectoryConfig"]["GroupManagedServiceAccounts"];
    assert_eq!((&accounts[0]["Name"], &accounts[1]["Scope"]), (&"webgmsa".into(), &"BOOKSTORE".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_finds_nothing_in_what_comes_from_the_directory() {
    let Some(asker) = Asker::new().await else { return };
    for format in ["yaml", "json"] {
        let file = asker.folder.path().join(format);
        std::fs::write(&file, asker.prints(&["--gmsa", "webgmsa", "--format", format]).await).unwrap();
        let mut doctor = asker.directory.command(executable());
        let output = doctor.arg("doctor").arg("--credspec").arg(&file).output().await.unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_that_is_no_gmsa_of_this_domain_is_named() {
    let Some(asker) = Asker::new().await else { return };
    asker.fails(CONTROLLER, "svc_sql", &["svc_sql is no group managed service account but a user"]).await;
    asker.fails(CONTROLLER, "host1", &["host1$ is no group managed service account but a computer"]).await;
    asker.fails(CONTROLLER, "nobody", &["bookstore.local has no account nobody$", "Get-ADServiceAccount"]).await;
    asker.fails(CONTROLLER, "*)(objectClass=*", &["has no account *)(objectClass=*$"]).await;
    asker.directory.lab(&["disable", "webgmsa$"]).await;
    asker.fails(CONTROLLER, "webgmsa", &["the account webgmsa$ is disabled"]).await;
    asker.directory.lab(&["enable", "webgmsa$"]).await;
    asker.prints(&["--gmsa", "webgmsa"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_cannot_be_asked_says_why() {
    let Some(asker) = Asker::new().await else { return };
    let words = ["the directory knows no service ldap/db.bookstore.local", "_ldap._tcp.dc._msdcs"];
    asker.fails("ldap://db.bookstore.local", "webgmsa", &words).await;
    asker.fails("ldap://10.0.0.1", "webgmsa", &["an address has no Kerberos service"]).await;
    std::fs::remove_file(asker.cache()).unwrap();
    asker.fails(CONTROLLER, "webgmsa", &["no Kerberos credentials", "ldap/dc1.bookstore.local", "KRB5CCNAME"]).await;
}
