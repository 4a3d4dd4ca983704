//! What SQL Server makes of the gMSA: login, user, scheme, permissions.

use super::ward::Ward;
use crate::active_directory::site::{ACCOUNT, Site};
use crate::doctor::case::Expected;
use bookstore_tests::sql;

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
