//! Tickets, keytabs, keys and encryption types.

use std::time::Duration;

use super::ward::Ward;
use crate::doctor::case::Expected;
use tokio::process::Command;

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
