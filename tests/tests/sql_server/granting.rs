//! `bookstore migrate --grant` and `--revoke`.

use bookstore_db::login_policy::LoginPolicy;
use bookstore_db::migrate::{MigrationError, MigrationOptions, migrate, revoke};
use bookstore_tests::books::first_page;
use bookstore_tests::fixture::open;
use bookstore_tests::server::TestServer;
use bookstore_tests::shop::command;
use bookstore_tests::sql;

use super::stand_in;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grant_admits_a_windows_account_and_is_repeatable() {
    let (_server, settings) = stand_in().await;
    let options = MigrationOptions { grant: Some("CONTOSO\\webgmsa$".into()), ..MigrationOptions::default() };
    for _ in 0..2 {
        let report = migrate(&settings, &options).await.unwrap();
        assert_eq!(report.granted.as_deref(), Some("CONTOSO\\webgmsa$"));
    }
    let member = "SELECT IS_ROLEMEMBER(N'bookstore_app', N'CONTOSO\\webgmsa$') AS Member";
    let rowsets = sql::batch(&settings, member).await.unwrap();
    assert_eq!(rowsets[0][0].get::<i32, _>("Member"), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revoke_takes_the_role_and_is_repeatable() {
    let (_server, settings) = stand_in().await;
    migrate(&settings, &MigrationOptions { grant: Some("webapp".into()), ..MigrationOptions::default() })
        .await
        .unwrap();
    for _ in 0..2 {
        revoke(&settings, LoginPolicy::default(), "webapp").await.unwrap();
        let rowsets =
            sql::batch(&settings, "SELECT IS_ROLEMEMBER(N'bookstore_app', N'webapp') AS Member").await.unwrap();
        assert_eq!(rowsets[0][0].get::<i32, _>("Member"), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grant_warns_of_privileged_roles() {
    let (server, settings) = stand_in().await;
    migrate(&settings, &MigrationOptions { grant: Some("webapp".into()), ..MigrationOptions::default() })
        .await
        .unwrap();
    // As the replaced demo creates the login of its gMSA.
    let demo =
        r"CREATE LOGIN [CONTOSO\webgmsa$] FROM WINDOWS; ALTER SERVER ROLE sysadmin ADD MEMBER [CONTOSO\webgmsa$]";
    sql::batch(&settings, demo).await.unwrap();
    sql::batch(&settings, "ALTER ROLE db_owner ADD MEMBER webapp").await.unwrap();
    let text = format!("{};Database=Bookstore", server.connection_string("sa"));
    for (account, role, remedy) in [
        (r"CONTOSO\webgmsa$", "sysadmin", r"ALTER SERVER ROLE sysadmin DROP MEMBER [CONTOSO\webgmsa$]"),
        ("webapp", "db_owner", "ALTER ROLE db_owner DROP MEMBER [webapp]"),
    ] {
        let mut grant = command(&["migrate", "--grant", account]);
        grant.env("connectionstring", &text).env("BOOKSTORE_LOG_FORMAT", "text");
        let output = grant.output().await.unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.contains(&format!("{account} is a member of {role}, ")), "{stderr}");
        assert!(stderr.contains(remedy) && stderr.matches(" WARN ").count() == 1, "{stderr}");
    }
    let report =
        migrate(&settings, &MigrationOptions { grant: Some(r"CONTOSO\other$".into()), ..MigrationOptions::default() })
            .await
            .unwrap();
    assert_eq!(report.privileged_roles, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grant_quotes_brackets_and_quotes_in_names() {
    let (_server, settings) = stand_in().await;
    let name = "CONTOSO\\x]; DROP TABLE dbo.Books; --'";
    migrate(&settings, &MigrationOptions { seed: true, grant: Some(name.into()), ..MigrationOptions::default() })
        .await
        .unwrap();
    assert_eq!(open(&settings).list(&first_page()).await.unwrap().total, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grant_to_a_missing_sql_login_is_refused() {
    let server = TestServer::start().await;
    let options = MigrationOptions { grant: Some("nobody".into()), ..MigrationOptions::default() };
    let refused = migrate(&server.settings(), &options).await.unwrap_err();
    assert!(matches!(&refused, MigrationError::LoginMissing(login) if login == "nobody"), "{refused:?}");
    assert!(refused.to_string().contains("CREATE LOGIN [nobody]"), "{refused}");
    server.drop_database().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owner_of_the_database_needs_no_grant() {
    let server = TestServer::start().await;
    let settings = server.settings();
    let owner = server.admin().to_owned();
    let options = MigrationOptions { grant: Some(owner.clone()), ..MigrationOptions::default() };
    let report = migrate(&settings, &options).await.unwrap();
    assert_eq!((report.needs_no_grant, report.granted), (Some(owner.clone()), None));
    let mut grant = command(&["migrate", "--grant", &owner]);
    grant.env("connectionstring", server.connection_string()).env("BOOKSTORE_LOG_FORMAT", "text");
    let output = grant.output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && stderr.contains(&format!("{owner} needs no grant")), "{stderr}");
    server.drop_database().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn login_whose_user_has_another_name_is_named() {
    let mut server = TestServer::start().await;
    let login = server.other_login().await;
    server.migrate().await;
    server.run(&format!("CREATE USER app FOR LOGIN [{login}]")).await;
    let options = MigrationOptions { grant: Some(login.clone()), ..MigrationOptions::default() };
    let refused = migrate(&server.settings(), &options).await.unwrap_err();
    assert!(matches!(&refused, MigrationError::OtherUser { user, .. } if user == "app"), "{refused:?}");
    assert!(refused.to_string().contains("ALTER ROLE bookstore_app ADD MEMBER [app]"), "{refused}");
    server.drop_database().await;
}

/// No role can contain dbo:
/// <https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-addrolemember-transact-sql>
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grant_to_a_special_principal_asks_for_a_login() {
    let (server, settings) = stand_in().await;
    let options = MigrationOptions { grant: Some("dbo".into()), ..MigrationOptions::default() };
    let refused = migrate(&settings, &options).await.unwrap_err();
    assert!(matches!(&refused, MigrationError::SpecialPrincipal(name) if name == "dbo"), "{refused:?}");
    assert!(refused.to_string().contains("give --grant a login"), "{refused}");
    drop(server);
}
