//! The gMSA at SQL Server: login, user, auth scheme, permissions.

use super::scenario::Scenario;
use crate::active_directory::site::{ACCOUNT, Site};
use crate::doctor::known_failure::ExpectedVerdict;
use bookstore_tests::sql;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_login_user_and_schema_are_explained() {
    let Some(site) = Site::without_login().await else { return };
    site.ticket().await;
    let mut scenario = Scenario { site, text: String::new(), env: Vec::new(), wrapper: Vec::new() };
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 18,
            produced: "no login for the gMSA in SQL Server",
            link: "login",
            cause: r"has no login for this account",
            fix: r"CREATE LOGIN [BOOKSTORE\webgmsa$] FROM WINDOWS",
            exit: 2,
        })
        .await;
    let create = format!("CREATE LOGIN [{ACCOUNT}] FROM WINDOWS");
    sql::batch(&scenario.site.as_sa(), &create).await.unwrap();
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 20,
            produced: "a login without a user in the database",
            link: "database",
            cause: r"BOOKSTORE\webgmsa$ is not a user of the database Bookstore",
            fix: r"bookstore migrate --grant 'BOOKSTORE\webgmsa$'",
            exit: 2,
        })
        .await;
    let user = format!("CREATE USER [{ACCOUNT}] FOR LOGIN [{ACCOUNT}]");
    sql::batch(&scenario.site.as_sa(), &user).await.unwrap();
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 23,
            produced: "a user in a database that was never migrated",
            link: "schema",
            cause: "has no schema of this version yet",
            fix: "bookstore migrate",
            exit: 2,
        })
        .await;
    for (number, text, known_failure, cause, fix) in [
        (
            18456,
            r"Login failed for user 'NT AUTHORITY\ANONYMOUS LOGON'.",
            16,
            "the login used NTLM without an identity",
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
        scenario.site.fault(&format!("refuse {number} 1 {text}"));
        let link = if known_failure == 20 { "database" } else { "login" };
        scenario
            .assert_verdict(ExpectedVerdict {
                known_failure,
                produced: "SQL Server's number and text",
                link,
                cause,
                fix,
                exit: 2,
            })
            .await;
        scenario.site.fault("clear");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ntlm_ignored_user_and_missing_permission_are_explained() {
    let Some(mut scenario) = Scenario::new().await else { return };
    scenario.site.fault("scheme NTLM");
    let ntlm = ExpectedVerdict {
        known_failure: 13,
        produced: "a login that the server reports as NTLM",
        link: "auth-scheme",
        cause: "MSSQLSvc/db.bookstore.local:1433 is not registered, so the login fell back to NTLM",
        fix: "setspn -S MSSQLSvc/db.bookstore.local:1433",
        exit: 1,
    };
    scenario.assert_verdict(ntlm).await;
    scenario.env = vec![("BOOKSTORE_REQUIRE_KERBEROS", "true".to_owned())];
    scenario
        .assert_verdict(ExpectedVerdict { exit: 2, produced: "the same with BOOKSTORE_REQUIRE_KERBEROS=true", ..ntlm })
        .await;
    scenario.env.clear();
    scenario.site.fault("clear");
    scenario.text = "User ID=sa;Password=Secret-1".to_owned();
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 29,
            produced: "a user beside integrated security",
            link: "connection-string",
            cause: "User ID and Password beside integrated security: ignored",
            fix: "Trusted_Connection=true",
            exit: 1,
        })
        .await;
    scenario.text.clear();
    let drop = format!("ALTER ROLE bookstore_app DROP MEMBER [{ACCOUNT}]");
    sql::batch(&scenario.site.as_sa(), &drop).await.unwrap();
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 22,
            produced: "the gMSA removed from the role",
            link: "permissions",
            cause: "lacks a permission: The SELECT permission was denied",
            fix: r"bookstore migrate --grant 'BOOKSTORE\webgmsa$'",
            exit: 2,
        })
        .await;
    let read = format!("GRANT SELECT ON dbo.Books TO [{ACCOUNT}]; GRANT SELECT ON dbo.BookRows TO [{ACCOUNT}]");
    sql::batch(&scenario.site.as_sa(), &read).await.unwrap();
    scenario
        .assert_verdict(ExpectedVerdict {
            known_failure: 22,
            produced: "the gMSA may read and not write",
            link: "permissions",
            cause: "lacks SELECT on dbo.BookEntries, INSERT on dbo.BookEntries",
            fix: "ALTER ROLE bookstore_app ADD MEMBER",
            exit: 2,
        })
        .await;
}
