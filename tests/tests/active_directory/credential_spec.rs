//! `bookstore credspec --from-directory`: it prints the directory's values, and names an account that is not suitable.

use std::path::PathBuf;
use std::process::Output;

use bookstore_tests::directory::DirectoryLease;
use bookstore_tests::shop::executable;
use serde_json::Value;
use tempfile::TempDir;

/// A client in the domain, which runs `bookstore credspec`.
struct DomainClient {
    directory: DirectoryLease,
    folder: TempDir,
}

const CONTROLLER: &str = "ldap://dc1.bookstore.local";

impl DomainClient {
    /// A client with a ticket: any account may read the directory, so the gMSA's own is used.
    async fn new() -> Option<Self> {
        let client = Self { directory: DirectoryLease::new().await?, folder: tempfile::tempdir().unwrap() };
        let ticket = client.directory.ticket("host1", &client.cache(), 0).await;
        assert!(ticket.status.success(), "{}", String::from_utf8_lossy(&ticket.stderr));
        Some(client)
    }

    fn cache(&self) -> PathBuf {
        self.folder.path().join("client.ccache")
    }

    async fn credspec(&self, url: &str, args: &[&str]) -> Output {
        let mut command = self.directory.command(executable());
        command.args(["credspec", "--from-directory", url]).args(args).env("KRB5CCNAME", self.cache());
        command.output().await.unwrap()
    }

    async fn print(&self, args: &[&str]) -> String {
        let output = self.credspec(CONTROLLER, args).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Expects exit code 1, nothing on standard output, and these texts on standard error.
    async fn assert_fails(&self, url: &str, account: &str, parts: &[&str]) {
        let output = self.credspec(url, &["--gmsa", account]).await;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]), "{stderr}");
        for part in parts {
            assert!(stderr.contains(part), "{part:?} is not in: {stderr}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credential_spec_has_the_directorys_names_sid_and_guid() {
    let Some(client) = DomainClient::new().await else { return };
    let facts = client.directory.lab(&["facts"]).await;
    assert_eq!(client.print(&["--gmsa", "webgmsa", "--format", "parameters"]).await, facts);
    let fact = |name: &str| {
        let line = facts.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("{name}: {facts}")).to_owned()
    };
    // The names are spelled as in the directory, whatever the case and with or without the $.
    let json = client.print(&["--gmsa", "WebGmsa$", "--format", "json"]).await;
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
async fn credential_spec_from_the_directory_has_no_finding() {
    let Some(client) = DomainClient::new().await else { return };
    for format in ["yaml", "json"] {
        let file = client.folder.path().join(format);
        std::fs::write(&file, client.print(&["--gmsa", "webgmsa", "--format", format]).await).unwrap();
        let mut doctor = client.directory.command(executable());
        let output = doctor.arg("doctor").arg("--credspec").arg(&file).output().await.unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn account_that_is_not_a_gmsa_is_named() {
    let Some(client) = DomainClient::new().await else { return };
    client.assert_fails(CONTROLLER, "svc_sql", &["svc_sql is not a group managed service account but a user"]).await;
    client.assert_fails(CONTROLLER, "host1", &["host1$ is not a group managed service account but a computer"]).await;
    client
        .assert_fails(CONTROLLER, "nobody", &["bookstore.local has no account nobody$", "Get-ADServiceAccount"])
        .await;
    client.assert_fails(CONTROLLER, "*)(objectClass=*", &["has no account *)(objectClass=*$"]).await;
    client.directory.lab(&["disable", "webgmsa$"]).await;
    client.assert_fails(CONTROLLER, "webgmsa", &["the account webgmsa$ is disabled"]).await;
    client.directory.lab(&["enable", "webgmsa$"]).await;
    client.print(&["--gmsa", "webgmsa"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unreachable_directory_is_explained() {
    let Some(client) = DomainClient::new().await else { return };
    let words = ["the directory has no service ldap/db.bookstore.local", "_ldap._tcp.dc._msdcs"];
    client.assert_fails("ldap://db.bookstore.local", "webgmsa", &words).await;
    client.assert_fails("ldap://10.0.0.1", "webgmsa", &["an IP address has no Kerberos service"]).await;
    std::fs::remove_file(client.cache()).unwrap();
    client
        .assert_fails(CONTROLLER, "webgmsa", &["no Kerberos credentials", "ldap/dc1.bookstore.local", "KRB5CCNAME"])
        .await;
}
