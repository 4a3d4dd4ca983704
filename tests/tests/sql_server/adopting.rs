//! `bookstore migrate` on databases that exist: tables of the replaced demo, and databases of earlier releases.

use bookstore_db::error::Error;
use bookstore_db::list::{ListRequest, Sort, SortColumn};
use bookstore_db::migrate::{MigrationOptions, migrate};
use bookstore_tests::books::{create, first_page};
use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::open;
use bookstore_tests::server::TestServer;
use bookstore_tests::shop::Shop;
use fastrand::Rng;

use crate::conformance::many::compare_pages;

/// The table as created by the demo's own script.
const DEMO: &str = "CREATE TABLE dbo.Books (
    Id INT IDENTITY(1,1) NOT NULL PRIMARY KEY,
    Title VARCHAR(50) NOT NULL, AuthorFirstName VARCHAR(50) NOT NULL, AuthorLastName VARCHAR(50) NOT NULL,
    AvgCustomerReviews INT, Price NUMERIC(9,2), BookLanguage VARCHAR(10) NOT NULL, Publisher VARCHAR(255) NOT NULL,
    CreatedBy VARCHAR(255) NOT NULL DEFAULT SUSER_SNAME(), CreatedOn DATETIME NOT NULL DEFAULT GETDATE())";

/// A later version of the same table.
fn demo_in_unicode() -> String {
    DEMO.replace(" VARCHAR", " NVARCHAR")
}

fn seeded() -> MigrationOptions {
    MigrationOptions { seed: true, ..MigrationOptions::default() }
}

async fn adopts_with_its_rows(table: &str) {
    let server = TestServer::start().await;
    server.create_database().await;
    server.run(table).await;
    let unmigrated = open(&server.settings()).list(&first_page()).await;
    assert!(matches!(unmigrated, Err(Error::SchemaMissing(_))), "{unmigrated:?}");
    let rows = "INSERT INTO dbo.Books (Title, AuthorFirstName, AuthorLastName, BookLanguage, Publisher)
        VALUES ('Moby-Dick', 'Herman', 'Melville', 'English', 'Harper & Brothers'), ('Old', 'A', 'B', 'C', 'D')";
    server.run(rows).await;
    migrate(&server.settings(), &seeded()).await.unwrap();
    let store = open(&server.settings());
    let page = store.list(&first_page()).await.unwrap();
    // Its two rows, and seven of the eight: one was there.
    assert_eq!(page.total, 9);
    assert_eq!((page.books[1].title.as_str(), page.books[1].price.cents(), page.books[1].version), ("Old", 0, 1));
    assert_ne!(page.books[0].request_id, page.books[1].request_id);
    let book = create(&store, "Война и мир, 夏目").await;
    assert_eq!(book.title, "Война и мир, 夏目");
    assert_eq!(Some(book.created_by), store.identity().map(|identity| identity.login.clone()));
    let narrow = "SELECT COUNT(*) AS Narrow FROM INFORMATION_SCHEMA.COLUMNS
        WHERE TABLE_NAME = N'Books' AND DATA_TYPE = N'varchar'";
    assert_eq!(server.run(narrow).await[0][0].get::<i32, _>("Narrow"), Some(0));
    drop(store);
    server.drop_database().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_demo_database_is_adopted_with_its_rows() {
    adopts_with_its_rows(DEMO).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unicode_demo_database_is_adopted_with_its_rows() {
    adopts_with_its_rows(&demo_in_unicode()).await;
}

/// The demo's table, in which more columns allow NULL.
fn demo_with_nulls() -> String {
    DEMO.replace("CreatedBy VARCHAR(255) NOT NULL", "CreatedBy VARCHAR(255) NULL")
        .replace("CreatedOn DATETIME NOT NULL", "CreatedOn DATETIME NULL")
        .replace("Title VARCHAR(50) NOT NULL", "Title NVARCHAR(200) NULL")
}

/// Half of the values are NULL, and others are equal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_a_table_with_nulls_have_the_rows_of_their_place() {
    let server = TestServer::start().await;
    server.create_database().await;
    server.run(&demo_with_nulls()).await;
    let mut rng = Rng::with_seed(17);
    let mut value =
        |values: &[&str]| if rng.bool() { "NULL".to_owned() } else { rng.choice(values).unwrap().to_string() };
    let rows = std::iter::repeat_with(|| {
        let [title, reviews, price] =
            [&["N'One'", "N'Two'"], &["0", "7"], &["0.00", "1.50"]].map(|values| value(values));
        let [login, time] = [&["N'sa'", "N'sb'"], &["'2005-05-05'", "GETDATE()"]].map(|values| value(values));
        format!("({title}, 'A', 'B', {reviews}, {price}, 'C', 'D', {login}, {time})")
    });
    let rows = rows.take(700).collect::<Vec<_>>().join(", ");
    let columns =
        "Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher, CreatedBy";
    server.run(&format!("INSERT INTO dbo.Books ({columns}, CreatedOn) VALUES {rows}")).await;
    migrate(&server.settings(), &MigrationOptions::default()).await.unwrap();
    let store = open(&server.settings());
    for column in SortColumn::ALL {
        for descending in [false, true] {
            let request = ListRequest { sort: Sort { column, descending }, ..first_page() };
            compare_pages(&store, &request, &mut rng).await;
        }
    }
    drop(store);
    server.drop_database().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_rows_of_an_adopted_database_are_shown() {
    let server = TestServer::start().await;
    server.create_database().await;
    server.run(&demo_with_nulls()).await;
    let long = "x".repeat(200);
    let rows = format!(
        "INSERT INTO dbo.Books (Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher,
             CreatedBy, CreatedOn)
         VALUES (N'Refund', '', '', -3, -12.34, '', '', 'sa', GETDATE()), (NULL, 'A', 'B', NULL, NULL, 'C', 'D', NULL, NULL),
             (N'{long}', 'A', 'B', 1, 1.00, 'C', 'D', 'sa', GETDATE()), (N'Old', 'A', 'B', 1, 1.00, 'C', 'D', 'sa', '1753-01-01'),
             (N'Nameless', 'A', 'B', 1, 1.00, 'C', 'D', NULL, GETDATE()), (N'Timeless', 'A', 'B', 1, 1.00, 'C', 'D', 'sa', NULL)"
    );
    server.run(&rows).await;
    migrate(&server.settings(), &MigrationOptions::default()).await.unwrap();
    let shop = Shop::start(&server.connection_string()).await;
    let browser = Browser::new(&shop.url);
    for path in [
        "/",
        "/books",
        "/books?sort=Price",
        "/books?sort=CreatedOn&q=a",
        "/api/v1/books",
        "/books/1",
        "/books/2",
        "/books/3",
        "/books/1/edit",
        "/compare",
        "/compare?last=1h",
    ] {
        assert_eq!(browser.open(path).await.status, 200, "{path}: {}", shop.output());
    }
    let list = browser.open("/books").await.texts("main").concat();
    assert!(list.contains("-12.34") && list.contains("-3") && list.contains(&long), "{list}");
    let odd = browser.open("/books/2").await.texts("main").concat();
    assert!(odd.contains("not recorded") && odd.contains("no time recorded"), "{odd}");
    let comparison = browser.open("/compare").await.texts("main").concat();
    assert!(comparison.contains("not recorded") && comparison.contains("1 Jan 1753"), "{comparison}");
    let json: serde_json::Value = serde_json::from_str(&browser.open("/api/v1/books/2").await.text).unwrap();
    assert_eq!((&json["createdBy"], &json["createdOn"]), (&"".into(), &serde_json::Value::Null), "{json}");
    // What is written is strict all the same.
    let refused = browser.send("/books/1/edit", &browser.open("/books/1/edit").await.form()).await;
    assert_eq!(refused.status, 422);
    drop(shop);
    server.drop_database().await;
}

const RELEASED: [&str; 8] = [
    include_str!("../../../db/sql/schema/001_books.sql"),
    include_str!("../../../db/sql/schema/002_unicode.sql"),
    include_str!("../../../db/sql/schema/003_version_and_request.sql"),
    include_str!("../../../db/sql/schema/004_indexes.sql"),
    include_str!("../../../db/sql/schema/005_entries.sql"),
    include_str!("../../../db/sql/schema/006_role.sql"),
    include_str!("../../../db/sql/schema/007_version_index.sql"),
    include_str!("../../../db/sql/schema/008_book_rows.sql"),
];

/// Brings the database to the schema of the release before the portable scripts, with its journal.
async fn apply_released(server: &TestServer, journal: &[(String, String)]) {
    for script in RELEASED {
        for batch in script.split("\nGO\n") {
            server.run(batch).await;
        }
    }
    server.run(include_str!("../../../db/sql/admin/journal.sql")).await;
    for (name, checksum) in &journal[..RELEASED.len()] {
        let insert = "INSERT INTO dbo.BookstoreMigrations (Name, Checksum) VALUES";
        server.run(&format!("{insert} (N'{name}', N'{checksum}')")).await;
    }
}

/// Columns, defaults and indexes of the schema, one per line.
async fn schema(server: &TestServer) -> Vec<String> {
    let mut lines = Vec::new();
    for query in [
        "SELECT TABLE_NAME + N'.' + COLUMN_NAME + N' ' + CAST(ORDINAL_POSITION AS NVARCHAR(10)) + N' ' + DATA_TYPE + N'('
             + CAST(COALESCE(CHARACTER_MAXIMUM_LENGTH, 0) AS NVARCHAR(10)) + N') null: ' + IS_NULLABLE AS Line
         FROM INFORMATION_SCHEMA.COLUMNS ORDER BY 1",
        "SELECT c.name + N' default ' + d.definition AS Line
         FROM sys.default_constraints AS d
         INNER JOIN sys.columns AS c ON c.object_id = d.parent_object_id AND c.column_id = d.parent_column_id
         WHERE d.parent_object_id = OBJECT_ID(N'dbo.Books') ORDER BY 1",
        "SELECT name + N' unique: ' + CAST(is_unique AS NVARCHAR(10)) AS Line FROM sys.indexes
         WHERE object_id = OBJECT_ID(N'dbo.Books') AND name IS NOT NULL AND is_primary_key = 0 ORDER BY 1",
    ] {
        let rows = server.run(query).await.into_iter().flatten();
        lines.extend(rows.map(|row| row.get::<&str, _>("Line").unwrap_or_default().to_owned()));
    }
    lines
}

async fn journal(server: &TestServer) -> Vec<(String, String)> {
    let rows = server.run(include_str!("../../../db/sql/admin/journal_read.sql")).await.into_iter().flatten();
    let text = |row: &tiberius::Row, column| row.get::<&str, _>(column).unwrap_or_default().to_owned();
    rows.map(|row| (text(&row, "Name"), text(&row, "Checksum"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn earlier_releases_and_new_databases_end_with_the_same_schema() {
    for table in [None, Some(DEMO.to_owned()), Some(demo_in_unicode())] {
        let (earlier, new) = (TestServer::start().await, TestServer::start().await);
        for server in [&earlier, &new] {
            server.create_database().await;
            if let Some(table) = &table {
                server.run(table).await;
            }
        }
        migrate(&new.settings(), &MigrationOptions::default()).await.unwrap();
        if new.is_babelfish().await {
            println!("SKIPPED: Babelfish rejects the released texts of 002 and 003");
        } else {
            apply_released(&earlier, &journal(&new).await).await;
            let report = migrate(&earlier.settings(), &MigrationOptions::default()).await.unwrap();
            assert_eq!(report.already_applied, RELEASED.len());
            let (earlier, new) = (schema(&earlier).await, schema(&new).await);
            assert!(new.len() > 40, "{new:?}");
            assert_eq!(earlier, new, "{table:?}");
        }
        for server in [earlier, new] {
            server.drop_database().await;
        }
    }
}
