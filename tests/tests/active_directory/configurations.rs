//! Where the Kerberos library finds credentials and realm: the pages, the diagnostics and the doctor agree with the
//! login.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command as Blocking;

use super::site::{ACCOUNT, OpenShop, PRINCIPAL, SPN, Site};
use bookstore_tests::browser::Browser;
use serde_json::Value;
use tokio::process::Command;

/// A krb5.conf of several files, and what the environment names. `{folder}` stands for the site's folder.
pub(super) struct Configuration {
    pub(super) name: &'static str,
    /// The value of KRB5_CONFIG.
    pub(super) config: &'static str,
    pub(super) variables: &'static [(&'static str, &'static str)],
    /// What the pages show as the place of the credentials.
    pub(super) place: &'static str,
}

/// Files that the configurations include. The main file of each has one `include` or `includedir`.
const FILES: &[(&str, &str)] = &[
    ("realm.conf", "[libdefaults]\n  default_realm = BOOKSTORE.LOCAL\n  rdns = false\n"),
    ("one.conf", "[libdefaults]\n  default_realm = BOOKSTORE.LOCAL\n"),
    ("included.conf", "include {folder}/realm.conf\n[libdefaults]\n  dns_lookup_kdc = true\n"),
    ("quoted.conf", "include {folder}/quoted.inc\ninclude {folder}/realm.conf\n"),
    ("quoted.inc", "[libdefaults]\n  default_ccache_name = \"FILE:{folder}/webgmsa.ccache\"\n"),
    ("user.conf", "includedir {folder}/user.d\n"),
    ("user.d/a", "[libdefaults]\n  default_ccache_name = FILE:{folder}/%{username}.%{uid}.ccache\n"),
    ("user.d/b", "[libdefaults]\n  default_realm = BOOKSTORE.LOCAL\n"),
    ("dir.conf", "include {folder}/realm.conf\n[libdefaults]\n  default_ccache_name = DIR:{folder}/caches\n"),
    ("keytab.conf", "include {folder}/keytab.inc\ninclude {folder}/realm.conf\n"),
    ("keytab.inc", "[libdefaults]\n  default_client_keytab_name = FILE:{folder}/client.keytab\n"),
    ("second.conf", "[libdefaults]\n  default_ccache_name = FILE:{folder}/webgmsa.ccache\n"),
    // The file of Red Hat's krb5-libs, with the realm written into it, and of its sssd-krb5-common.
    (
        "redhat.conf",
        "includedir {folder}/redhat.d/\n[logging]\n  default = FILE:{folder}/krb5libs.log\n[libdefaults]\n  \
         dns_lookup_realm = false\n  ticket_lifetime = 24h\n  renew_lifetime = 7d\n  forwardable = true\n  rdns = false\n  \
         default_realm = BOOKSTORE.LOCAL\n",
    ),
    ("redhat.d/ccache", "[libdefaults]\n  default_ccache_name = KEYRING:user:bookstore-%{uid}\n"),
    // The file of Debian's krb5-config, with the realm written into it.
    (
        "debian.conf",
        "[libdefaults]\n  default_realm = BOOKSTORE.LOCAL\n  kdc_timesync = 1\n  ccache_type = 4\n  forwardable = true\n  \
         proxiable = true\n[realms]\n  ATHENA.MIT.EDU = {\n    kdc = kerberos.mit.edu\n  }\n[domain_realm]\n  \
         .mit.edu = ATHENA.MIT.EDU\n",
    ),
];

const CONFIGURATIONS: &[Configuration] = &[
    Configuration {
        name: "a cache in a file",
        config: "{folder}/one.conf",
        variables: &[("KRB5CCNAME", "FILE:{folder}/webgmsa.ccache")],
        place: "FILE:{folder}/webgmsa.ccache",
    },
    Configuration {
        name: "a cache in a file, its type left out, the realm included",
        config: "{folder}/included.conf",
        variables: &[("KRB5CCNAME", "{folder}/webgmsa.ccache")],
        place: "{folder}/webgmsa.ccache",
    },
    Configuration {
        name: "the default cache, quoted, in an included file",
        config: "{folder}/quoted.conf",
        variables: &[],
        place: "FILE:{folder}/webgmsa.ccache",
    },
    Configuration {
        name: "the default cache by user name and number, in an included folder",
        config: "{folder}/user.conf",
        variables: &[],
        place: "FILE:{folder}/root.0.ccache",
    },
    Configuration {
        name: "a folder of caches",
        config: "{folder}/one.conf",
        variables: &[("KRB5CCNAME", "DIR:{folder}/caches")],
        place: "DIR:{folder}/caches",
    },
    Configuration {
        name: "a folder of caches as the default",
        config: "{folder}/dir.conf",
        variables: &[],
        place: "DIR:{folder}/caches",
    },
    Configuration {
        name: "a cache in the kernel's keyring",
        config: "{folder}/one.conf",
        variables: &[("KRB5CCNAME", "KEYRING:user:bookstore-0")],
        place: "KEYRING:user:bookstore-0",
    },
    Configuration {
        name: "Red Hat's file, whose default cache is in the keyring",
        config: "{folder}/redhat.conf",
        variables: &[],
        place: "KEYRING:user:bookstore-0",
    },
    Configuration {
        name: "a client keytab",
        config: "{folder}/one.conf",
        variables: &[("KRB5CCNAME", "MEMORY:"), ("KRB5_CLIENT_KTNAME", "{folder}/client.keytab")],
        place: "FILE:{folder}/client.keytab",
    },
    Configuration {
        name: "the default client keytab, in an included file",
        config: "{folder}/keytab.conf",
        variables: &[("KRB5CCNAME", "MEMORY:bookstore")],
        place: "FILE:{folder}/client.keytab",
    },
    Configuration {
        name: "the second file of KRB5_CONFIG",
        config: "{folder}/one.conf:{folder}/second.conf",
        variables: &[],
        place: "FILE:{folder}/webgmsa.ccache",
    },
    Configuration {
        name: "the example of docker/krb5.conf",
        config: "{folder}/docker.conf",
        variables: &[("KRB5CCNAME", "FILE:{folder}/webgmsa.ccache")],
        place: "FILE:{folder}/webgmsa.ccache",
    },
    Configuration {
        name: "Debian's file",
        config: "{folder}/debian.conf",
        variables: &[("KRB5CCNAME", "FILE:{folder}/webgmsa.ccache")],
        place: "FILE:{folder}/webgmsa.ccache",
    },
];

/// A cache in the kernel's keyring, which outlives its process.
struct KeyringCache(&'static str);

impl Drop for KeyringCache {
    fn drop(&mut self) {
        drop(Blocking::new("kdestroy").args(["-q", "-c", self.0]).status());
    }
}

/// Writes the files, and puts the gMSA's ticket and key to all places.
async fn prepare(site: &Site) -> KeyringCache {
    let folder = site.folder();
    for sub in ["user.d", "redhat.d", "caches"] {
        std::fs::create_dir(folder.join(sub)).unwrap();
    }
    for (name, text) in FILES {
        std::fs::write(folder.join(name), expand(text, folder)).unwrap();
    }
    let example = include_str!("../../../docker/krb5.conf");
    let example = example.replace("CONTOSO.COM", "BOOKSTORE.LOCAL").replace("contoso.com", "bookstore.local");
    std::fs::write(folder.join("docker.conf"), example).unwrap();
    site.ticket().await;
    let cache = std::fs::read(site.cache()).unwrap();
    std::fs::write(folder.join("root.0.ccache"), &cache).unwrap();
    std::fs::write(folder.join("caches/tkt"), &cache).unwrap();
    std::fs::write(folder.join("caches/primary"), "tkt\n").unwrap();
    let keytab = folder.join("client.keytab");
    site.directory.lab(&["keytab", "webgmsa$", keytab.to_str().unwrap()]).await;
    let keyring = KeyringCache("KEYRING:user:bookstore-0");
    let mut kinit = site.directory.command("kinit");
    kinit.args(["-c", keyring.0, "-k", "-t"]).arg(&keytab).arg("webgmsa$");
    assert!(kinit.status().await.unwrap().success());
    keyring
}

fn expand(text: &str, folder: &Path) -> String {
    text.replace("{folder}", folder.to_str().unwrap())
}

fn configured(site: &Site, arguments: &[&str], config: &str, variables: &[(&str, &str)]) -> Command {
    let config = format!("KRB5_CONFIG={}", expand(config, site.folder()));
    let mut command = site.subcommand(&["env", &config], arguments, &site.integrated());
    command.env_remove("KRB5CCNAME");
    command.envs(variables.iter().map(|(name, value)| (*name, expand(value, site.folder()))));
    command
}

/// Panics unless a shop with this configuration serves, and its pages, its diagnostics and the doctor show the place.
pub(super) async fn assert_agrees(site: &Site, configuration: &Configuration) {
    let Configuration { name, config, variables, place } = configuration;
    let place = expand(place, site.folder());
    let shop = OpenShop::new(configured(site, &["serve"], config, variables)).await;
    shop.assert_serves().await;
    let identity: Value = serde_json::from_str(&shop.browser.open("/api/v1/identity").await.text).unwrap();
    assert_eq!((&identity["login"], &identity["authScheme"]), (&ACCOUNT.into(), &"KERBEROS".into()), "{name}");
    let (cache, keytab) = (&identity["credentials"]["ticketCache"], &identity["credentials"]["clientKeytab"]);
    if place.ends_with(".keytab") {
        assert_eq!((&keytab["name"], &keytab["problem"]), (&place.as_str().into(), &Value::Null), "{name}");
        assert_eq!(keytab["keys"][0]["principal"], PRINCIPAL, "{name}: {identity}");
    } else {
        assert_eq!((&cache["name"], &cache["problem"]), (&place.as_str().into(), &Value::Null), "{name}");
        assert_eq!(cache["principal"], PRINCIPAL, "{name}: {identity}");
        let has_ticket = cache["tickets"]
            .as_array()
            .unwrap()
            .iter()
            .any(|ticket| ticket["server"].as_str().unwrap().starts_with(SPN) && ticket["hasExpired"] == false);
        assert!(has_ticket, "{name}: {identity}");
    }
    let page = shop.browser.open("/identity").await.texts("main").concat();
    assert!(page.contains(&place) && page.contains(PRINCIPAL), "{name}: {page}");
    let admin = Browser::new(&shop.shop.admin_url);
    let diagnostics = admin.send("/diagnostics.json", &HashMap::new()).await.text;
    let output = configured(site, &["doctor", "--json"], config, variables).output().await.unwrap();
    for report in [diagnostics, String::from_utf8(output.stdout).unwrap()] {
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["verdict"]["state"], "healthy", "{name}: {report:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_and_doctor_agree_with_the_login_in_each_configuration() {
    let Some(site) = Site::new().await else { return };
    let _keyring = prepare(&site).await;
    for configuration in CONFIGURATIONS {
        assert_agrees(&site, configuration).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_default_realm_is_named_by_doctor_migrate_and_the_shop() {
    let Some(site) = Site::new().await else { return };
    site.ticket().await;
    for (name, default, named) in [
        ("stock.conf", "default_realm = ATHENA.MIT.EDU", "default_realm in krb5.conf is ATHENA.MIT.EDU, but"),
        ("lower.conf", "default_realm = bookstore.local\n  dns_lookup_kdc = false", "is bookstore.local, but"),
        ("none.conf", "rdns = false", "krb5.conf has no default_realm, and"),
    ] {
        let kdc = format!("[realms]\n  BOOKSTORE.LOCAL = {{\n    kdc = {}\n  }}\n", site.directory.fact("DC_IP"));
        std::fs::write(site.folder().join(name), format!("[libdefaults]\n  {default}\n{kdc}")).unwrap();
        let config = format!("{{folder}}/{name}");
        let cache = [("KRB5CCNAME", "FILE:{folder}/webgmsa.ccache")];
        let output = configured(&site, &["doctor", "--json"], &config, &cache).output().await.unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let verdict = &report["verdict"];
        assert_eq!((output.status.code(), &verdict["link"]), (Some(2), &"service-ticket".into()), "{verdict:#}");
        let cause = &verdict["causes"][0];
        assert_eq!((&cause["known_failure"], verdict["causes"].as_array().unwrap().len()), (&33.into(), 1));
        assert!(cause["what"].as_str().unwrap().contains(named), "{cause:#}");
        assert_eq!(cause["fixes"][0]["command"], "[libdefaults]\n    default_realm = BOOKSTORE.LOCAL", "{cause:#}");
        let output = configured(&site, &["migrate"], &config, &cache).output().await.unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains(named) && text.contains("[libdefaults] default_realm = BOOKSTORE.LOCAL"), "{text}");
        let shop = OpenShop::new(configured(&site, &["serve"], &config, &cache)).await;
        shop.assert_fails_with(&[named, "default_realm = BOOKSTORE.LOCAL"]).await;
    }
    // The domain is mapped to another realm than the one in which the ticket is requested.
    let mapped =
        "[libdefaults]\n  default_realm = BOOKSTORE.LOCAL\n[domain_realm]\n  .bookstore.local = EU.BOOKSTORE.LOCAL\n";
    std::fs::write(site.folder().join("mapped.conf"), mapped).unwrap();
    site.directory.lab(&["spn", "delete", SPN, "svc_sql"]).await;
    site.ticket().await;
    let cache = [("KRB5CCNAME", "FILE:{folder}/webgmsa.ccache")];
    let output = configured(&site, &["doctor", "--json"], "{folder}/mapped.conf", &cache).output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    site.directory.lab(&["spn", "add", SPN, "svc_sql"]).await;
    assert!(text.contains("maps db.bookstore.local to EU.BOOKSTORE.LOCAL"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unusable_cache_does_not_end_the_shop() {
    let Some(site) = Site::new().await else { return };
    let folder = site.folder().to_path_buf();
    std::fs::write(folder.join("one.conf"), "[libdefaults]\n  default_realm = BOOKSTORE.LOCAL\n").unwrap();
    std::fs::write(folder.join("text"), "not a ticket cache").unwrap();
    assert!(Blocking::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    for (name, problem) in [("", "it is a folder"), ("/text", "not of this kind"), ("/pipe", "it is a pipe")] {
        let cache = format!("{{folder}}{name}");
        let variables = [("KRB5CCNAME", cache.as_str())];
        let shop = OpenShop::new(configured(&site, &["serve"], "{folder}/one.conf", &variables)).await;
        shop.assert_fails_with(&[problem, "has no Kerberos credentials"]).await;
        assert!(shop.browser.open("/identity").await.text.contains(problem));
    }
}
