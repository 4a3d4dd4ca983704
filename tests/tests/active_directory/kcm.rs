//! A ticket cache at a daemon: SSSD's Kerberos Cache Manager, the default of Red Hat's systems.

use std::path::Path;
use std::process::Stdio;

use bookstore_tests::directory::skip;
use bookstore_tests::wait::{PATIENCE, eventually};
use tokio::process::{Child, Command};

use super::configurations::{Configuration, assert_agrees};
use super::site::Site;

const DAEMON: &str = "/usr/libexec/sssd/sssd_kcm";

/// Runs the daemon with folders of its own in the place of SSSD's, in memory.
const START: &str = r#"
for folder in /var/lib/sss /etc/sssd /var/log/sssd; do mount -t tmpfs none $folder || exit 1; done
mkdir /etc/sssd/conf.d /var/lib/sss/db /var/lib/sss/secrets
install -m 600 "$0" /etc/sssd/sssd.conf
sssd --genconf-section=kcm && exec "$1" --uid 0 --gid 0 --logger=stderr
"#;

/// Starts the daemon with a socket in the folder. It is stopped when dropped.
async fn start(folder: &Path) -> Child {
    let socket = folder.join("kcm.socket");
    let configuration = folder.join("sssd.conf");
    let text = format!("[sssd]\nservices =\n[kcm]\nsocket_path = {}\nccache_storage = memory\n", socket.display());
    std::fs::write(&configuration, text).unwrap();
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", START]).arg(&configuration).arg(DAEMON).kill_on_drop(true);
    let daemon = command.stdout(Stdio::null()).spawn().unwrap();
    eventually("the daemon listens", PATIENCE, async || socket.exists()).await;
    daemon
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_and_doctor_agree_with_the_login_by_a_cache_at_a_daemon() {
    if !Path::new(DAEMON).exists() {
        return skip("sssd_kcm is not installed (Debian: sssd-kcm)");
    }
    let Some(site) = Site::new().await else { return };
    let folder = site.folder();
    let _daemon = start(folder).await;
    let realm = format!("kcm_socket = {}/kcm.socket\n  default_realm = BOOKSTORE.LOCAL", folder.display());
    std::fs::write(folder.join("kcm.conf"), format!("[libdefaults]\n  {realm}\n")).unwrap();
    let by_default = format!("include {}/kcm.conf\n[libdefaults]\n  default_ccache_name = KCM:\n", folder.display());
    std::fs::write(folder.join("default.conf"), by_default).unwrap();
    let keytab = folder.join("client.keytab");
    site.directory.lab(&["keytab", "webgmsa$", keytab.to_str().unwrap()]).await;
    let mut kinit = site.directory.command("env");
    kinit.arg(format!("KRB5_CONFIG={}/kcm.conf", folder.display()));
    kinit.args(["kinit", "-c", "KCM:", "-k", "-t"]).arg(&keytab).arg("webgmsa$");
    assert!(kinit.status().await.unwrap().success());
    for configuration in [
        Configuration {
            name: "a cache at a daemon",
            config: "{folder}/kcm.conf",
            variables: &[("KRB5CCNAME", "KCM:")],
            place: "KCM:",
        },
        Configuration {
            name: "a cache at a daemon as the default",
            config: "{folder}/default.conf",
            variables: &[],
            place: "KCM:",
        },
    ] {
        assert_agrees(&site, &configuration).await;
    }
}
