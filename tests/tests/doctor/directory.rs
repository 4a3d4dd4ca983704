//! Rows that a real directory produces. One test, as all cases need the directory for themselves.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::case::{Expected, Said, ask};
use super::name_server::{Mood, NameServer};
use crate::active_directory::site::{ACCOUNT, SPN, Site};
use bookstore_tests::sql;
use tokio::process::Command;

/// A directory, a server that the gMSA may use, and a ticket.
struct Ward {
    site: Site,
    /// Appended to the connection string.
    text: String,
    env: Vec<(&'static str, String)>,
    wrapper: Vec<String>,
}

impl Ward {
    async fn new() -> Option<Self> {
        let site = Site::new().await?;
        site.ticket().await;
        Some(Self { site, text: String::new(), env: Vec::new(), wrapper: Vec::new() })
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.site.folder().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The program sees this file in the place of another.
    fn bind(&mut self, file: PathBuf, over: &str) {
        let bind = format!("mount --bind \"$0\" {over} && exec \"$@\"");
        self.wrapper.extend(["unshare", "--mount", "sh", "-c", &bind, file.to_str().unwrap()].map(str::to_owned));
    }

    /// The domain's own name server is no longer asked, but this one.
    fn by_name_server(&mut self, mood: Mood) -> NameServer {
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

    async fn lab(&self, verb: &[&str]) {
        self.site.directory.lab(verb).await;
    }

    async fn keytab(&mut self, account: &str) -> PathBuf {
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

    async fn doctor(&self) -> Said {
        ask(self.command(&["doctor", "--json"])).await
    }

    async fn expect(&self, expected: Expected) {
        expected.check(&self.doctor().await);
        println!("row {:>2}: {}", expected.row, expected.produced);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sound_system_has_no_warning() {
    let Some(ward) = Ward::new().await else { return };
    let said = ward.doctor().await;
    assert_eq!((said.exit, &said.report["verdict"]["state"]), (Some(0), &"sound".into()), "{}", said.text);
    for check in said.report["checks"].as_array().unwrap() {
        assert_eq!(check["status"], "pass", "{check}");
    }
    assert!(said.report["verdict"]["what"].as_str().unwrap().contains(ACCOUNT), "{}", said.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_principal_names() {
    let Some(mut ward) = Ward::new().await else { return };
    ward.lab(&["spn", "delete", SPN, "svc_sql"]).await;
    ward.expect(Expected {
        row: 14,
        produced: "the SPN with the port removed from svc_sql",
        link: "service-ticket",
        cause: "MSSQLSvc/db.bookstore.local:1433 is registered on no account",
        fix: "setspn -S MSSQLSvc/db.bookstore.local:1433",
        exit: 2,
    })
    .await;
    ward.lab(&["spn", "add", SPN, "host2$"]).await;
    ward.expect(Expected {
        row: 15,
        produced: "the SPN moved to host2$",
        link: "login",
        cause: "registered on another account than the one that SQL Server runs as",
        fix: "setspn -Q MSSQLSvc/db.bookstore.local:1433",
        exit: 2,
    })
    .await;
    ward.lab(&["spn", "delete", SPN, "host2$"]).await;
    ward.lab(&["spn", "add", SPN, "svc_sql"]).await;
    ward.site.ticket().await;
    ward.text = format!("Server={}", ward.site.directory.host_address());
    ward.expect(Expected {
        row: 17,
        produced: "the server's IP address in the string",
        link: "service-ticket",
        cause: "names the IP address",
        fix: "Server=",
        exit: 2,
    })
    .await;
    let hosts = ward.file("hosts", &format!("{} sql-alias\n", ward.site.directory.host_address()));
    ward.bind(hosts, "/etc/hosts");
    ward.text = "Server=sql-alias".to_owned();
    ward.expect(Expected {
        row: 27,
        produced: "an alias from the hosts file in the string",
        link: "service-ticket",
        cause: "a short name or an alias, which has no SPN",
        fix: "Server=",
        exit: 2,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials() {
    let Some(mut ward) = Ward::new().await else { return };
    assert!(ward.site.directory.ticket("host1", &ward.site.cache(), 1).await.status.success());
    while Command::new("klist").arg("-s").arg("-c").arg(ward.site.cache()).status().await.unwrap().success() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    ward.expect(Expected {
        row: 12,
        produced: "a ticket of one second",
        link: "credentials",
        cause: "whatever renews the ticket of webgmsa$@BOOKSTORE.LOCAL has stopped",
        fix: "systemctl restart credentials-fetcher",
        exit: 2,
    })
    .await;
    std::fs::remove_file(ward.site.cache()).unwrap();
    ward.expect(Expected {
        row: 11,
        produced: "no ticket cache",
        link: "credentials",
        cause: "no ticket cache and no client keytab",
        fix: "KRB5CCNAME=",
        exit: 2,
    })
    .await;
    let keytab = ward.keytab("webgmsa$").await;
    ward.lab(&["disable", "webgmsa$"]).await;
    ward.expect(Expected {
        row: 26,
        produced: "the gMSA disabled, with a client keytab",
        link: "logon-ticket",
        cause: "webgmsa$ is disabled, expired or locked",
        fix: "Enable-ADAccount -Identity 'webgmsa$'",
        exit: 2,
    })
    .await;
    ward.lab(&["enable", "webgmsa$"]).await;
    ward.lab(&["new-password", "webgmsa$"]).await;
    ward.expect(Expected {
        row: 32,
        produced: "the password changed after the client keytab was written",
        link: "logon-ticket",
        cause: "the keytab of webgmsa$ is older than its password",
        fix: "KRB5CCNAME=FILE:",
        exit: 2,
    })
    .await;
    ward.lab(&["roll-gmsa"]).await;
    ward.site.ticket().await;
    std::fs::remove_file(&keytab).unwrap();
    let entry = "addent -password -p nobody@BOOKSTORE.LOCAL -k 1 -e aes256-cts\nSecret-1\nwkt ";
    let script = "printf '%s\\n' \"$0\" | ktutil";
    let made =
        Command::new("sh").args(["-c", script]).arg(format!("{entry}{}", keytab.display())).output().await.unwrap();
    assert!(keytab.exists(), "{made:?}");
    ward.expect(Expected {
        row: 26,
        produced: "a client keytab of an account that is not there, without a $",
        link: "logon-ticket",
        cause: "lacks the $",
        fix: "nobody$@BOOKSTORE.LOCAL",
        exit: 2,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_encryption_types() {
    let Some(mut ward) = Ward::new().await else { return };
    ward.lab(&["new-password", "svc_sql"]).await;
    ward.expect(Expected {
        row: 32,
        produced: "a new password of SQL Server's account, with its old keytab",
        link: "login",
        cause: "SQL Server's key is older than its account's password",
        fix: "mssql-conf set network.kerberoskeytabfile",
        exit: 2,
    })
    .await;
    let keytab = ward.site.directory.file("mssql.keytab");
    ward.lab(&["keytab", "svc_sql", keytab.to_str().unwrap()]).await;
    ward.site.ticket().await;
    let krb5 = std::fs::read_to_string(ward.site.directory.file("krb5.conf")).unwrap();
    let rc4 = "[libdefaults]\n  allow_weak_crypto = true\n  allow_rc4 = true\n  permitted_enctypes = arcfour-hmac\n";
    let krb5 = ward.file("krb5.conf", &krb5.replacen("[libdefaults]\n", rc4, 1));
    ward.wrapper = vec!["env".to_owned(), format!("KRB5_CONFIG={}", krb5.display())];
    ward.keytab("webgmsa$").await;
    ward.expect(Expected {
        row: 24,
        produced: "only RC4 permitted in krb5.conf, only AES on SQL Server's account",
        link: "service-ticket",
        cause: "allows encryption types that this machine does not have",
        fix: "msDS-SupportedEncryptionTypes",
        exit: 2,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clocks_names_and_domain_controllers() {
    let Some(mut ward) = Ward::new().await else { return };
    for offset in ["+10m", "-10m"] {
        ward.wrapper = ["faketime", "--exclude-monotonic", "-m", "-f", offset].map(str::to_owned).to_vec();
        ward.expect(Expected {
            row: 10,
            produced: "this clock 10 minutes off, by faketime",
            link: "clock",
            cause: if offset.starts_with('+') { "10 min ahead of" } else { "10 min behind" },
            fix: "chronyc makestep",
            exit: 2,
        })
        .await;
    }
    for (mood, cause, fix, produced) in [
        (
            Mood::NoSuchName,
            "does not forward bookstore.local",
            "forward . <address",
            "a name server without the domain's service records",
        ),
        (Mood::Cut, "port 53 is closed for TCP", "nslookup -vc", "answers cut to 512 bytes, and TCP port 53 closed"),
    ] {
        ward.wrapper.clear();
        let _server = ward.by_name_server(mood);
        ward.site.ticket().await; // without the service's ticket
        ward.expect(Expected { row: 3, produced, link: "domain-records", cause, fix, exit: 2 }).await;
    }
    ward.wrapper.clear();
    let address = ward.site.directory.host_address();
    ward.text = format!("Server={address};Server SPN={SPN};Connect Timeout=3");
    for way in ["stop", "freeze"] {
        ward.site.ticket().await;
        ward.lab(&["kdc", way]).await;
        let began = Instant::now();
        ward.expect(Expected {
            row: 2,
            produced: if way == "stop" {
                "the domain controller stopped"
            } else {
                "the domain controller frozen: it never answers"
            },
            link: "domain-records",
            cause: "is down, or the network does not let this process reach it",
            fix: "nslookup bookstore.local",
            exit: 2,
        })
        .await;
        assert!(began.elapsed() < Duration::from_secs(15), "{way}: {:?}", began.elapsed());
        ward.lab(&["kdc", "start"]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logins_of_the_gmsa() {
    let Some(site) = Site::without_login().await else { return };
    site.ticket().await;
    let mut ward = Ward { site, text: String::new(), env: Vec::new(), wrapper: Vec::new() };
    ward.expect(Expected {
        row: 18,
        produced: "no login for the gMSA in SQL Server",
        link: "login",
        cause: r"has no login of that name",
        fix: r"CREATE LOGIN [BOOKSTORE\webgmsa$] FROM WINDOWS",
        exit: 2,
    })
    .await;
    let create = format!("CREATE LOGIN [{ACCOUNT}] FROM WINDOWS");
    sql::batch(&ward.site.as_sa(), &create).await.unwrap();
    ward.expect(Expected {
        row: 20,
        produced: "a login without a user in the database",
        link: "database",
        cause: r"BOOKSTORE\webgmsa$ is no user of the database Bookstore",
        fix: r"bookstore migrate --grant 'BOOKSTORE\webgmsa$'",
        exit: 2,
    })
    .await;
    let user = format!("CREATE USER [{ACCOUNT}] FOR LOGIN [{ACCOUNT}]");
    sql::batch(&ward.site.as_sa(), &user).await.unwrap();
    ward.expect(Expected {
        row: 23,
        produced: "a user in a database that was never migrated",
        link: "schema",
        cause: "has no schema of this version yet",
        fix: "bookstore migrate",
        exit: 2,
    })
    .await;
    for (number, text, row, cause, fix) in [
        (
            18456,
            r"Login failed for user 'NT AUTHORITY\ANONYMOUS LOGON'.",
            16,
            "the login went by NTLM as nobody",
            "setspn -Q MSSQLSvc/db.bookstore.local:1433",
        ),
        (
            4060,
            r#"Cannot open database "Bookstore" requested by the login. The login failed."#,
            20,
            "the server has no database Bookstore",
            "bookstore migrate --seed",
        ),
    ] {
        ward.site.fault(&format!("refuse {number} 1 {text}"));
        let link = if row == 20 { "database" } else { "login" };
        ward.expect(Expected { row, produced: "SQL Server's number and text", link, cause, fix, exit: 2 }).await;
        ward.site.fault("clear");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_works_with_a_warning_and_what_is_missing_in_the_database() {
    let Some(mut ward) = Ward::new().await else { return };
    ward.site.fault("scheme NTLM");
    let ntlm = Expected {
        row: 13,
        produced: "a login that the server calls NTLM",
        link: "auth-scheme",
        cause: "MSSQLSvc/db.bookstore.local:1433 is not registered, so the login fell back to NTLM",
        fix: "setspn -S MSSQLSvc/db.bookstore.local:1433",
        exit: 1,
    };
    ward.expect(ntlm).await;
    ward.env = vec![("BOOKSTORE_REQUIRE_KERBEROS", "true".to_owned())];
    ward.expect(Expected { exit: 2, produced: "the same with BOOKSTORE_REQUIRE_KERBEROS=true", ..ntlm }).await;
    ward.env.clear();
    ward.site.fault("clear");
    ward.text = "User ID=sa;Password=Secret-1".to_owned();
    ward.expect(Expected {
        row: 29,
        produced: "a user beside integrated security",
        link: "connection-string",
        cause: "User ID and Password beside integrated security: ignored",
        fix: "Trusted_Connection=true",
        exit: 1,
    })
    .await;
    ward.text.clear();
    let drop = format!("ALTER ROLE bookstore_app DROP MEMBER [{ACCOUNT}]");
    sql::batch(&ward.site.as_sa(), &drop).await.unwrap();
    ward.expect(Expected {
        row: 22,
        produced: "the gMSA taken out of the role",
        link: "permissions",
        cause: "may not do that: The SELECT permission was denied",
        fix: r"bookstore migrate --grant 'BOOKSTORE\webgmsa$'",
        exit: 2,
    })
    .await;
    let read = format!("GRANT SELECT ON dbo.Books TO [{ACCOUNT}]");
    sql::batch(&ward.site.as_sa(), &read).await.unwrap();
    ward.expect(Expected {
        row: 22,
        produced: "the gMSA may read and not write",
        link: "permissions",
        cause: "lacks SELECT on dbo.BookEntries, INSERT on dbo.BookEntries",
        fix: "ALTER ROLE bookstore_app ADD MEMBER",
        exit: 2,
    })
    .await;
}
