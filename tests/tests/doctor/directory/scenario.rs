//! A scenario: a shop in the directory whose surroundings a test changes, and the doctor run there.

use std::path::PathBuf;

use crate::active_directory::site::Site;
use crate::doctor::known_failure::{DoctorRun, ExpectedVerdict, run_doctor};
use crate::doctor::name_server::{NameServer, NameServerFault};
use tokio::process::Command;

/// A directory, a server that the gMSA may log in to, and a ticket.
pub(super) struct Scenario {
    pub(super) site: Site,
    /// Appended to the connection string.
    pub(super) text: String,
    pub(super) env: Vec<(&'static str, String)>,
    pub(super) wrapper: Vec<String>,
}

impl Scenario {
    pub(super) async fn new() -> Option<Self> {
        let site = Site::new().await?;
        site.ticket().await;
        Some(Self { site, text: String::new(), env: Vec::new(), wrapper: Vec::new() })
    }

    pub(super) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.site.folder().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Shows the program this file at another path.
    pub(super) fn bind(&mut self, file: PathBuf, over: &str) {
        let bind = format!("mount --bind \"$0\" {over} && exec \"$@\"");
        self.wrapper.extend(["unshare", "--mount", "sh", "-c", &bind, file.to_str().unwrap()].map(str::to_owned));
    }

    /// Replaces the domain's own name server by a faulty one.
    pub(super) fn use_name_server(&mut self, fault: NameServerFault) -> NameServer {
        let address = self.site.directory.host_address().to_owned();
        let domain = self.site.directory.fact("DC_IP");
        // The resolver's own limit for a silent zone is 5 s, twice.
        let options = if fault == NameServerFault::SilentReverseZone { "" } else { "options timeout:1 attempts:1\n" };
        let resolv = self.file("resolv.conf", &format!("search bookstore.local\nnameserver {address}\n{options}"));
        self.bind(resolv, "/etc/resolv.conf");
        // No `kdc` entry: the domain controllers are found by DNS alone.
        let krb5 = "[libdefaults]\n  default_realm = BOOKSTORE.LOCAL\n  dns_lookup_kdc = true\n  rdns = false\n";
        let krb5 = self.file("krb5.conf", krb5);
        self.wrapper.extend(["env".to_owned(), format!("KRB5_CONFIG={}", krb5.display())]);
        NameServer::start(&address, &domain, fault)
    }

    pub(super) async fn lab(&self, verb: &[&str]) {
        self.site.directory.lab(verb).await;
    }

    pub(super) async fn keytab(&mut self, account: &str) -> PathBuf {
        let keytab = self.site.folder().join("client.keytab");
        self.lab(&["keytab", account, keytab.to_str().unwrap()]).await;
        self.env = vec![("KRB5CCNAME", "MEMORY:".to_owned()), ("KRB5_CLIENT_KTNAME", keytab.display().to_string())];
        keytab
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let wrapper: Vec<_> = self.wrapper.iter().map(String::as_str).collect();
        let mut command =
            self.site.subcommand(&wrapper, arguments, &format!("{};{}", self.site.integrated(), self.text));
        command.envs(self.env.iter().map(|(name, value)| (*name, value.as_str())));
        command
    }

    pub(super) async fn doctor(&self) -> DoctorRun {
        run_doctor(self.command(&["doctor", "--json"])).await
    }

    pub(super) async fn assert_verdict(&self, expected: ExpectedVerdict) {
        expected.assert_matches(&self.doctor().await);
        println!("known failure {:>2}: {}", expected.known_failure, expected.produced);
    }
}
