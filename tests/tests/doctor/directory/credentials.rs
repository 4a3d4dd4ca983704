//! Tickets, keytabs, keys and encryption types.

use super::scenario::Scenario;
use crate::active_directory::site::SPN;
use crate::doctor::known_failure::ExpectedVerdict;
use bookstore_tests::wait::{PATIENCE, eventually};
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unusable_credentials_are_explained() {
    let Some(mut scenario) = Scenario::new().await else { return };
    assert!(scenario.site.directory.ticket("host1", &scenario.site.cache(), 1).await.status.success());
    eventually("the ticket expires", PATIENCE, async || {
        !Command::new("klist").arg("-s").arg("-c").arg(scenario.site.cache()).status().await.unwrap().success()
    })
    .await;
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 12,
            produced: "a ticket of one second",
            link: "credentials",
            cause: "the service that renews the ticket of webgmsa$@BOOKSTORE.LOCAL has stopped",
            fix: "systemctl restart credentials-fetcher",
            exit: 2,
        })
        .await;
    std::fs::remove_file(scenario.site.cache()).unwrap();
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 11,
            produced: "no ticket cache",
            link: "credentials",
            cause: "no ticket cache and no client keytab",
            fix: "KRB5CCNAME=",
            exit: 2,
        })
        .await;
    let keytab = scenario.keytab("webgmsa$").await;
    scenario.lab(&["disable", "webgmsa$"]).await;
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 26,
            produced: "the gMSA disabled, with a client keytab",
            link: "ticket-granting-ticket",
            cause: "webgmsa$ is disabled, expired or locked",
            fix: "Enable-ADAccount -Identity 'webgmsa$'",
            exit: 2,
        })
        .await;
    scenario.lab(&["enable", "webgmsa$"]).await;
    scenario.lab(&["new-password", "webgmsa$"]).await;
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 32,
            produced: "the password changed after the client keytab was written",
            link: "ticket-granting-ticket",
            cause: "the keytab of webgmsa$ is older than its password",
            fix: "KRB5CCNAME=FILE:",
            exit: 2,
        })
        .await;
    scenario.lab(&["roll-gmsa"]).await;
    scenario.site.ticket().await;
    std::fs::remove_file(&keytab).unwrap();
    let entry = "addent -password -p nobody@BOOKSTORE.LOCAL -k 1 -e aes256-cts\nSecret-1\nwkt ";
    let script = "printf '%s\\n' \"$0\" | ktutil";
    let output =
        Command::new("sh").args(["-c", script]).arg(format!("{entry}{}", keytab.display())).output().await.unwrap();
    assert!(keytab.exists(), "{output:?}");
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 26,
            produced: "a client keytab of an unknown account, whose name lacks the $",
            link: "ticket-granting-ticket",
            cause: "lacks the $",
            fix: "nobody$@BOOKSTORE.LOCAL",
            exit: 2,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_keys_and_encryption_types_are_explained() {
    let Some(mut scenario) = Scenario::new().await else { return };
    scenario.lab(&["new-password", "svc_sql"]).await;
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 32,
            produced: "a new password of SQL Server's account, with its old keytab",
            link: "login",
            cause: "SQL Server's key is older than its account's password",
            fix: "mssql-conf set network.kerberoskeytabfile",
            exit: 2,
        })
        .await;
    let keytab = scenario.site.directory.file("mssql.keytab");
    scenario.lab(&["keytab", "svc_sql", keytab.to_str().unwrap()]).await;
    scenario.site.ticket().await;
    let krb5 = std::fs::read_to_string(scenario.site.directory.file("krb5.conf")).unwrap();
    let rc4 = "[libdefaults]\n  allow_weak_crypto = true\n  allow_rc4 = true\n  permitted_enctypes = arcfour-hmac\n";
    let krb5 = scenario.file("krb5.conf", &krb5.replacen("[libdefaults]\n", rc4, 1));
    scenario.wrapper = vec!["env".to_owned(), format!("KRB5_CONFIG={}", krb5.display())];
    scenario.keytab("webgmsa$").await;
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 24,
            produced: "only RC4 permitted in krb5.conf, only AES on SQL Server's account",
            link: "service-ticket",
            cause: "allows encryption types that this machine does not have",
            fix: "msDS-SupportedEncryptionTypes",
            exit: 2,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unusable_names_of_the_cache_and_a_broken_configuration_are_explained() {
    let Some(mut scenario) = Scenario::new().await else { return };
    let folder = scenario.site.folder().display().to_string();
    let cache = format!("file:{}", scenario.site.cache().display());
    let pipe = format!("{folder}/pipe");
    let text_file = scenario.file("text", "not a ticket cache").display().to_string();
    assert!(Command::new("mkfifo").arg(&pipe).status().await.unwrap().success());
    for (name, produced, cause, fix) in [
        (folder, "KRB5CCNAME is a folder", "names a folder", "KRB5CCNAME=DIR:/"),
        (String::new(), "KRB5CCNAME is empty", "is set to an empty value", "KRB5CCNAME=FILE:"),
        (cache, "KRB5CCNAME starts with file:", "no cache type file", "KRB5CCNAME=FILE:/"),
        (text_file, "KRB5CCNAME is a text file", "is not a ticket cache", "KRB5CCNAME=FILE:"),
        (pipe, "KRB5CCNAME is a pipe", "a pipe or a device", "KRB5CCNAME=FILE:"),
    ] {
        scenario.env = vec![("KRB5CCNAME", name)];
        scenario
            .assert_verdict(ExpectedVerdict { known_failure: 36, produced, link: "credentials", cause, fix, exit: 2 })
            .await;
    }
    scenario.env.clear();
    let broken = scenario.file("broken.conf", "[libdefaults\n default_realm = BOOKSTORE.LOCAL\n");
    let included = scenario.file("including.conf", &format!("include {}\n", broken.display()));
    for file in [broken, included] {
        scenario.wrapper = vec!["env".to_owned(), format!("KRB5_CONFIG={}", file.display())];
        scenario
            .assert_verdict(ExpectedVerdict {
                known_failure: 34,
                produced: "a krb5.conf with a syntax error, itself or included",
                link: "credentials",
                cause: "refuses its configuration",
                fix: "KRB5_TRACE=/dev/stderr",
                exit: 2,
            })
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_ticket_without_a_granting_one_is_usable() {
    let Some(mut scenario) = Scenario::new().await else { return };
    let service = scenario.site.folder().join("service.ccache");
    let mut kvno = scenario.site.directory.command("kvno");
    kvno.arg("-c").arg(scenario.site.cache()).arg("--out-cache").arg(&service).arg(SPN);
    let output = kvno.output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let warning = ExpectedVerdict {
        known_failure: 37,
        produced: "a cache with the ticket for SQL Server alone",
        link: "credentials",
        cause: "logins work until",
        fix: "KRB5CCNAME=FILE:",
        exit: 1,
    };
    let cache = ("KRB5CCNAME", format!("FILE:{}", service.display()));
    scenario.env = vec![cache.clone()];
    scenario.assert_verdict(warning).await;
    let folder = scenario.site.folder().to_path_buf();
    let wrong = folder.join("wrong.keytab");
    let script =
        format!("addent -password -p webgmsa$@BOOKSTORE.LOCAL -k 1 -e aes256-cts\nwrong\nwkt {}\n", wrong.display());
    let output = Command::new("sh").args(["-c", "printf '%s' \"$0\" | ktutil", &script]).output().await.unwrap();
    assert!(wrong.exists(), "{output:?}");
    scenario.env = vec![cache.clone(), ("KRB5_CLIENT_KTNAME", wrong.display().to_string())];
    let produced = "the same with a client keytab that the directory refuses";
    scenario.assert_verdict(ExpectedVerdict { produced, ..warning }).await;
    // The library gets a ticket-granting ticket by this keytab at once.
    let keytab = folder.join("right.keytab");
    scenario.lab(&["keytab", "webgmsa$", keytab.to_str().unwrap()]).await;
    scenario.env = vec![cache, ("KRB5_CLIENT_KTNAME", keytab.display().to_string())];
    let run = scenario.doctor().await;
    assert_eq!((run.exit, &run.report["verdict"]["state"]), (Some(0), &"healthy".into()), "{}", run.summary());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_key_that_cannot_log_in_is_named_if_another_one_can() {
    let Some(mut scenario) = Scenario::new().await else { return };
    let keytab = scenario.keytab("webgmsa$").await;
    let both = scenario.site.folder().join("both.keytab");
    let script = format!(
        "addent -password -p gone$@BOOKSTORE.LOCAL -k 1 -e aes256-cts\nSecret-1\nrkt {}\nwkt {}\n",
        keytab.display(),
        both.display()
    );
    let output = Command::new("sh").args(["-c", "printf '%s' \"$0\" | ktutil", &script]).output().await.unwrap();
    assert!(both.exists(), "{output:?}");
    scenario.env = vec![("KRB5CCNAME", "MEMORY:".to_owned()), ("KRB5_CLIENT_KTNAME", both.display().to_string())];
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 38,
            produced: "a client keytab that starts with an unknown account",
            link: "ticket-granting-ticket",
            cause: "logs in as the first entry of the client keytab, gone$@BOOKSTORE.LOCAL",
            fix: "delent",
            exit: 2,
        })
        .await;
}
