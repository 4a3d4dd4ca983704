//! `bookstore migrate`: new databases, twice, twice at once.

use std::time::Duration;

use bookstore_db::connection_string::SqlServerSettings;
use bookstore_db::error::Error;
use bookstore_db::migrate::{MigrationError, MigrationOptions, migrate};
use bookstore_tests::books::first_page;
use bookstore_tests::fixture::open;
use bookstore_tests::server::TestServer;
use bookstore_tests::shop::command;
use bookstore_tests::sql;
use sql_server_stand_in::Fault;

use super::stand_in;

fn seeded() -> MigrationOptions {
    MigrationOptions { seed: true, ..MigrationOptions::default() }
}

/// The number of scripts in `db/sql/schema`, plus the seed.
fn script_count() -> usize {
    let scripts = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../db/sql/schema")).expect("the scripts");
    scripts.count() + 1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn missing_database_is_created() {
    let server = TestServer::start().await;
    let settings = server.settings();
    let report = migrate(&settings, &seeded()).await.unwrap();
    assert!(report.created_database);
    assert_eq!(report.applied.len(), script_count());
    let store = open(&settings);
    let page = store.list(&first_page()).await.unwrap();
    assert_eq!(page.total, 8);
    let login = store.identity().unwrap().login.clone();
    assert!(page.books.iter().all(|book| book.created_by == login && book.version == 1));
    drop(store);
    server.drop_database().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn second_run_changes_nothing() {
    let server = TestServer::start().await;
    let settings = server.settings();
    migrate(&settings, &seeded()).await.unwrap();
    let store = open(&settings);
    let first = store.list(&first_page()).await.unwrap();
    store.delete(first.books[0].id, 1).await.unwrap();
    let report = migrate(&settings, &seeded()).await.unwrap();
    assert_eq!((report.created_database, report.applied.len(), report.already_applied), (false, 0, script_count()));
    assert_eq!(store.list(&first_page()).await.unwrap().total, 7);
    drop(store);
    server.drop_database().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_runs_apply_each_script_once() {
    let server = TestServer::start().await;
    let settings = server.settings();
    let options = seeded();
    let (one, two) = tokio::join!(migrate(&settings, &options), migrate(&settings, &options));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.applied.len() + two.applied.len(), script_count(), "{one:?} {two:?}");
    assert_eq!(open(&settings).list(&first_page()).await.unwrap().total, 8);
    server.drop_database().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn required_kerberos_stops_every_command_before_the_password() {
    let (server, _) = stand_in().await;
    let text = format!("{};Database=Bookstore", server.connection_string("sa"));
    for arguments in
        [&["migrate", "--seed"][..], &["migrate", "--revoke", "webapp"], &["demo", "reset", "--yes"], &["doctor"], &[]]
    {
        let mut command = command(arguments);
        command.env("connectionstring", &text).env("BOOKSTORE_REQUIRE_KERBEROS", "true");
        let output = command.output().await.unwrap();
        let both = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(!output.status.success(), "{arguments:?}: {both}");
        let words = both.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("the login uses SQL, not KERBEROS, and BOOKSTORE_REQUIRE_KERBEROS is set"), "{words}");
    }
    assert_eq!(server.counters().connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changed_script_stops_the_migration() {
    let server = TestServer::start().await;
    let settings = server.settings();
    migrate(&settings, &MigrationOptions::default()).await.unwrap();
    let change =
        "UPDATE dbo.BookstoreMigrations SET Checksum = N'other' WHERE Name = N'schema/003_version_and_request'";
    sql::batch(&settings, change).await.unwrap();
    let refused = migrate(&settings, &MigrationOptions::default()).await;
    assert!(matches!(refused, Err(MigrationError::ScriptChanged { name: "schema/003_version_and_request" })));
    server.drop_database().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connection_string_without_database_is_refused() {
    let (_server, mut settings) = stand_in().await;
    settings.database = None;
    assert!(matches!(migrate(&settings, &MigrationOptions::default()).await, Err(MigrationError::NoDatabase)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn store_without_schema_names_the_migrate_command() {
    let server = TestServer::start().await;
    let settings = server.settings();
    server.create_database().await;
    let missing = open(&settings).list(&first_page()).await;
    assert!(
        matches!(&missing, Err(error @ Error::SchemaMissing(_)) if error.to_string().contains("bookstore migrate"))
    );
    server.drop_database().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn command_migrates_seeds_and_grants() {
    let (server, settings) = stand_in().await;
    let text = format!("{};Database=Bookstore", server.connection_string("sa"));
    let migrate = ["migrate", "--seed", "--grant", "webapp"];
    let output = command(&migrate).env("connectionstring", &text).output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let webapp = bookstore_tests::sql::settings(&format!("{};Database=Bookstore", server.connection_string("webapp")));
    assert_eq!(open(&webapp).list(&first_page()).await.unwrap().total, 8);
    drop(settings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_database_has_snapshot_reads_and_an_existing_one_is_reported() {
    let server = TestServer::start().await;
    let report = migrate(&server.settings(), &seeded()).await.unwrap();
    assert!(report.created_database && report.snapshot_reads, "{report:?}");
    server.drop_database().await;
    let (_server, settings) = stand_in().await;
    let master = SqlServerSettings { database: Some("master".into()), ..settings.clone() };
    sql::batch(&master, "CREATE DATABASE Bookstore").await.unwrap();
    assert!(!migrate(&settings, &seeded()).await.unwrap().snapshot_reads);
    sql::batch(&master, "ALTER DATABASE [Bookstore] SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE")
        .await
        .unwrap();
    assert!(migrate(&settings, &seeded()).await.unwrap().snapshot_reads);
}

/// Each as an error of CREATE DATABASE beside another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_definition_of_a_database_is_waited_for() {
    for (number, text) in [
        (1807, "Could not obtain exclusive lock on database 'model'. Retry the operation later."),
        (2714, "There is already an object named 'Bookstore' in the database."),
        (2627, "duplicate key value violates unique constraint \"pg_authid_rolname_index\""),
    ] {
        let (server, settings) = stand_in().await;
        server.faults().once_for("if db_id(", Fault::Error { number, text: text.into() });
        let report = migrate(&settings, &seeded()).await.unwrap();
        assert!(report.created_database && report.applied.len() == script_count(), "{number}: {report:?}");
    }
    let (server, settings) = stand_in().await;
    let text = "Database 'Bookstore' already exists. Choose a different database name.".into();
    server.faults().once_for("if db_id(", Fault::ErrorAfterRunning { number: 1801, text });
    let report = migrate(&settings, &seeded()).await.unwrap();
    assert!(!report.created_database && report.applied.len() == script_count(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_that_babelfish_reports_as_missing_is_created() {
    let (server, settings) = stand_in().await;
    let text = "database \"Bookstore\" does not exist".into();
    server.faults().once(Fault::RefuseLogin { number: 911, state: 1, text });
    let report = migrate(&settings, &seeded()).await.unwrap();
    assert!(report.created_database && report.applied.len() == script_count(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statement_waits_for_a_lock_shorter_than_for_an_answer() {
    let (server, settings) = stand_in().await;
    migrate(&settings, &seeded()).await.unwrap();
    let blocker = format!("{};Database=Bookstore", server.connection_string("sa"));
    let mut blocker = sql::connect(&bookstore_tests::sql::settings(&blocker)).await.unwrap();
    let hold = "BEGIN TRANSACTION; UPDATE dbo.Books SET Title = N'Held' WHERE Id = 1";
    blocker.simple_query(hold).await.unwrap().into_results().await.unwrap();
    let store = open(&SqlServerSettings { command_timeout: Some(Duration::from_secs(3)), ..settings });
    let book = store.list(&first_page()).await.unwrap().books.remove(0);
    assert_eq!(book.title, "Pride and Prejudice", "a reader does not wait");
    let refused = store.delete(book.id, book.version).await.unwrap_err();
    assert!(refused.to_string().contains("1222"), "{refused:?}");
}
