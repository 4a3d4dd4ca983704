//! A shop in the directory whose surroundings a case spoils, and the doctor there.

use std::path::PathBuf;

use crate::active_directory::site::Site;
use crate::doctor::case::{Expected, Said, ask};
use crate::doctor::name_server::{Mood, NameServer};
use tokio::process::Command;

/// A directory, a server that the gMSA may use, and a ticket.
pub(super) struct Ward {
    pub(super) site: Site,
    /// Appended to the connection string.
    pub(super) text: String,
    pub(super) env: Vec<(&'static str, String)>,
    pub(super) wrapper: Vec<String>,
}

impl Ward {
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

    /// The program sees this file in the place of another.
    pub(super) fn bind(&mut self, file: PathBuf, over: &str) {
        let bind = format!("mount --bind \"$0\" {over} && exec \"$@\"");
        self.wrapper.extend(["unshare", "--mount", "sh", "-c", &bind, file.to_str().unwrap()].map(str::to_owned));
    }

    /// The domain's own name server is no longer asked, but this one.
    pub(super) fn by_name_server(&mut self, mood: Mood) -> NameServer {
        let address = self.site.directory.host_address().to_owned();
        let domain = self.site.directory.fact("DC_IP");
        let resolv = self.file(
            "resolv.conf",
            &format!("search bookstore.local\nnameserver {address}\noptions timeout:1 attempts:1\n"),
        );
        self.bind(resolv, "/etc/resolv.conf");
        // Nothing but the DNS tells where the domain controllers are.
        let krb5 = "[libdefaults]\n  default_realm = BOOKSTORE.LOCAL\n  dns_lookup_kdc = true\n  rdns = false\n";
        let krb5 = self.file("krb5.conf", krb5);
        self.wrapper.extend(["env".to_owned(), format!("KRB5_CONFIG={}", krb5.display())]);
        NameServer::start(&address, &domain, mood)
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

    fn command(&self, work: &[&str]) -> Command {
        let wrapper: Vec<_> = self.wrapper.iter().map(String::as_str).collect();
        let mut command = self.site.command_for(&wrapper, work, &format!("{};{}", self.site.integrated(), self.text));
        command.envs(self.env.iter().map(|(name, value)| (*name, value.as_str())));
        command
    }

    pub(super) async fn doctor(&self) -> Said {
        ask(self.command(&["doctor", "--json"])).await
    }

    pub(super) async fn expect(&self, expected: Expected) {
        expected.check(&self.doctor().await);
        println!("row {:>2}: {}", expected.row, expected.produced);
    }
}
