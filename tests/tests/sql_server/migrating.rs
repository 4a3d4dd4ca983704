//! `bookstore migrate`: new databases, adopted ones, twice, twice at once.

use bookstore_db::connection_string::SqlServerSettings;
use bookstore_db::error::Error;
use bookstore_db::migrate::{MigrateError, Options, migrate};
use bookstore_tests::books::{create, everything};
use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::{open, settings};
use bookstore_tests::shop::{Shop, command};
use bookstore_tests::sql;
use bookstore_tests::stand_in::StandIn;

async fn server() -> (StandIn, SqlServerSettings) {
    let server = StandIn::builder().login("sa", "Secret-1").login("webapp", "Secret-2").start().await.unwrap();
    let settings = settings(&format!("{};Database=Bookstore", server.connection_string("sa")));
    (server, settings)
}

fn seeded() -> Options {
    Options { seed: true, grant: None }
}

/// Those of `db/sql/schema` and the seed.
const SCRIPTS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_not_there_is_made() {
    let (_server, settings) = server().await;
    let report = migrate(&settings, &seeded()).await.unwrap();
    assert!(report.created_database);
    assert_eq!(report.applied.len(), SCRIPTS);
    let page = open(&settings).list(&everything()).await.unwrap();
    assert_eq!(page.total, 8);
    assert!(page.books.iter().all(|book| book.created_by == "sa" && book.version == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn running_it_again_changes_nothing() {
    let (_server, settings) = server().await;
    migrate(&settings, &seeded()).await.unwrap();
    let store = open(&settings);
    let first = store.list(&everything()).await.unwrap();
    store.delete(first.books[0].id, 1).await.unwrap();
    let report = migrate(&settings, &seeded()).await.unwrap();
    assert_eq!((report.created_database, report.applied.len(), report.already_applied), (false, 0, SCRIPTS));
    assert_eq!(store.list(&everything()).await.unwrap().total, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_at_once_do_the_work_of_one() {
    let (_server, settings) = server().await;
    let options = seeded();
    let (one, two) = tokio::join!(migrate(&settings, &options), migrate(&settings, &options));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.applied.len() + two.applied.len(), SCRIPTS, "{one:?} {two:?}");
    assert_eq!(open(&settings).list(&everything()).await.unwrap().total, 8);
}

/// The table as the demo's own script made it, with a row of its own.
const DEMO: &str = "CREATE TABLE dbo.Books (
    Id INT IDENTITY(1,1) NOT NULL PRIMARY KEY,
    Title VARCHAR(50) NOT NULL, AuthorFirstName VARCHAR(50) NOT NULL, AuthorLastName VARCHAR(50) NOT NULL,
    AvgCustomerReviews INT, Price NUMERIC(9,2), BookLanguage VARCHAR(10) NOT NULL, Publisher VARCHAR(255) NOT NULL,
    CreatedBy VARCHAR(255) NOT NULL DEFAULT SUSER_SNAME(), CreatedOn DATETIME NOT NULL DEFAULT GETDATE())";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_of_the_old_demo_is_adopted_and_keeps_its_rows() {
    let (_server, settings) = server().await;
    let master = SqlServerSettings { database: Some("master".into()), ..settings.clone() };
    sql::batch(&master, "CREATE DATABASE Bookstore").await.unwrap();
    sql::batch(&settings, DEMO).await.unwrap();
    let unmigrated = open(&settings).list(&everything()).await;
    assert!(matches!(unmigrated, Err(Error::SchemaMissing { .. })), "{unmigrated:?}");
    let rows = "INSERT INTO dbo.Books (Title, AuthorFirstName, AuthorLastName, BookLanguage, Publisher)
        VALUES ('Moby-Dick', 'Herman', 'Melville', 'English', 'Harper & Brothers'), ('Old', 'A', 'B', 'C', 'D')";
    sql::batch(&settings, rows).await.unwrap();
    migrate(&settings, &seeded()).await.unwrap();
    let store = open(&settings);
    let page = store.list(&everything()).await.unwrap();
    // Its two rows, and seven of the eight: one was there.
    assert_eq!(page.total, 9);
    assert_eq!((page.books[1].title.as_str(), page.books[1].price.cents(), page.books[1].version), ("Old", 0, 1));
    assert_ne!(page.books[0].request_id, page.books[1].request_id);
    assert_eq!(create(&store, "Война и мир, 夏目").await.title, "Война и мир, 夏目");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_lets_a_windows_account_in_and_can_be_repeated() {
    let (_server, settings) = server().await;
    let options = Options { seed: false, grant: Some("CONTOSO\\webgmsa$".into()) };
    for _ in 0..2 {
        let report = migrate(&settings, &options).await.unwrap();
        assert_eq!(report.granted.as_deref(), Some("CONTOSO\\webgmsa$"));
    }
    let member = "SELECT IS_ROLEMEMBER(N'bookstore_app', N'CONTOSO\\webgmsa$') AS Member";
    let rowsets = sql::batch(&settings, member).await.unwrap();
    assert_eq!(rowsets[0][0].get::<i32, _>("Member"), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_warns_of_roles_that_bookstore_app_does_not_bind() {
    let (server, settings) = server().await;
    migrate(&settings, &Options { seed: false, grant: Some("webapp".into()) }).await.unwrap();
    // As the old demo made its gMSA.
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
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains(&format!("{account} is in {role}: ")), "{said}");
        assert!(said.contains(remedy) && said.matches(" WARN ").count() == 1, "{said}");
    }
    let report = migrate(&settings, &Options { seed: false, grant: Some(r"CONTOSO\other$".into()) }).await.unwrap();
    assert_eq!(report.bypasses, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_of_an_adopted_database_that_break_the_rules_are_shown_as_they_are() {
    let (server, settings) = server().await;
    let master = SqlServerSettings { database: Some("master".into()), ..settings.clone() };
    sql::batch(&master, "CREATE DATABASE Bookstore").await.unwrap();
    let loose = DEMO
        .replace("CreatedBy VARCHAR(255) NOT NULL", "CreatedBy VARCHAR(255) NULL")
        .replace("CreatedOn DATETIME NOT NULL", "CreatedOn DATETIME NULL")
        .replace("Title VARCHAR(50) NOT NULL", "Title NVARCHAR(200) NULL");
    sql::batch(&settings, &loose).await.unwrap();
    let long = "x".repeat(200);
    let rows = format!(
        "INSERT INTO dbo.Books (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher,
             CreatedBy, CreatedOn)
         VALUES (N'Refund', '', '', -3, -12.34, '', '', 'sa', GETDATE()), (NULL, 'A', 'B', NULL, NULL, 'C', 'D', NULL, NULL),
             (N'{long}', 'A', 'B', 1, 1.00, 'C', 'D', 'sa', GETDATE())"
    );
    sql::batch(&settings, &rows).await.unwrap();
    migrate(&settings, &Options::default()).await.unwrap();
    let shop = Shop::start(&format!("{};Database=Bookstore", server.connection_string("sa"))).await;
    let browser = Browser::new(&shop.url);
    for path in
        ["/", "/books", "/books?sort=Price", "/api/v1/books", "/books/1", "/books/2", "/books/3", "/books/1/edit"]
    {
        assert_eq!(browser.open(path).await.status, 200, "{path}: {}", shop.output());
    }
    let list = browser.open("/books").await.texts("main").concat();
    assert!(list.contains("-12.34") && list.contains("-3") && list.contains(&long), "{list}");
    // What is written is strict all the same.
    let refused = browser.send("/books/1/edit", &browser.open("/books/1/edit").await.form()).await;
    assert_eq!(refused.status, 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_to_a_name_with_brackets_and_quotes_is_no_statement_of_its_own() {
    let (_server, settings) = server().await;
    let name = "CONTOSO\\x]; DROP TABLE dbo.Books; --'";
    migrate(&settings, &Options { seed: true, grant: Some(name.into()) }).await.unwrap();
    assert_eq!(open(&settings).list(&everything()).await.unwrap().total, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_to_a_sql_login_that_does_not_exist_is_refused() {
    let (_server, settings) = server().await;
    let refused = migrate(&settings, &Options { seed: false, grant: Some("nobody".into()) }).await;
    assert!(matches!(&refused, Err(MigrateError::Step { step: "admin/grant_user", .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_that_was_changed_after_it_was_applied_stops_the_migration() {
    let (_server, settings) = server().await;
    migrate(&settings, &Options::default()).await.unwrap();
    let change =
        "UPDATE dbo.BookstoreMigrations SET Checksum = N'other' WHERE Name = N'schema/003_version_and_request'";
    sql::batch(&settings, change).await.unwrap();
    let refused = migrate(&settings, &Options::default()).await;
    assert!(matches!(refused, Err(MigrateError::Changed { name: "schema/003_version_and_request" })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_string_without_a_database_is_refused() {
    let (_server, mut settings) = server().await;
    settings.database = None;
    assert!(matches!(migrate(&settings, &Options::default()).await, Err(MigrateError::NoDatabase)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_without_a_schema_says_what_to_run() {
    let (_server, settings) = server().await;
    let master = SqlServerSettings { database: Some("master".into()), ..settings.clone() };
    sql::batch(&master, "CREATE DATABASE Bookstore").await.unwrap();
    let missing = open(&settings).creators().await;
    assert!(
        matches!(&missing, Err(error @ Error::SchemaMissing { .. }) if error.to_string().contains("bookstore migrate"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_migrates_seeds_and_grants() {
    let (server, settings) = server().await;
    let text = format!("{};Database=Bookstore", server.connection_string("sa"));
    let migrate = ["migrate", "--seed", "--grant", "webapp"];
    let output = command(&migrate).env("connectionstring", &text).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let webapp =
        bookstore_tests::fixture::settings(&format!("{};Database=Bookstore", server.connection_string("webapp")));
    assert_eq!(open(&webapp).list(&everything()).await.unwrap().total, 8);
    drop(settings);
}
