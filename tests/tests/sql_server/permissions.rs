//! Least privilege: what the shop's login may not do.

use bookstore_db::error::Error;
use bookstore_tests::books::{create, draft, first_page, input};
use bookstore_tests::fixture::{open, shop_server};
use bookstore_tests::sql;
use bookstore_tests::sql::settings;

const COLUMNS: &str = "Title, AuthorFirstName, AuthorLastName, AvgCustomerReviews, Price, BookLanguage, Publisher";
const VALUES: &str = "N't', N'f', N'l', 1, 1.00, N'English', N'p'";

async fn refusal(statement: &str) -> Option<u32> {
    let server = shop_server().await;
    let settings = settings(&server.connection_string("webapp"));
    sql::batch(&settings, statement).await.err().and_then(|error| error.code())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shop_login_may_do_what_the_shop_does() {
    let server = shop_server().await;
    let store = open(&settings(&server.connection_string("webapp")));
    let book = create(&store, "Emma").await;
    assert_eq!(book.created_by, "webapp");
    let edited = store.edit(book.id, &draft(&input("Persuasion")), book.version).await.unwrap();
    store.delete(edited.id, edited.version).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shop_login_cannot_write_the_creator() {
    let insert = format!("INSERT INTO dbo.Books ({COLUMNS}, CreatedBy) VALUES ({VALUES}, N'sa')");
    assert_eq!(refusal(&insert).await, Some(229));
    assert_eq!(refusal("UPDATE dbo.Books SET CreatedBy = N'sa'").await, Some(229));
    assert_eq!(refusal("UPDATE dbo.Books SET CreatedOn = GETDATE()").await, Some(229));
    let through_the_view = format!("INSERT INTO dbo.BookEntries ({COLUMNS}, CreatedBy) VALUES ({VALUES}, N'sa')");
    assert_eq!(refusal(&through_the_view).await, Some(207));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shop_login_cannot_change_schema_or_journal() {
    assert!(refusal("DROP TABLE dbo.Books").await.is_some());
    assert!(refusal("CREATE TABLE dbo.Mine (Id INT NOT NULL)").await.is_some());
    assert_eq!(refusal("DELETE FROM dbo.BookstoreMigrations").await, Some(229));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn login_without_the_role_is_refused_with_the_reason() {
    let server = sql_server_stand_in::StandIn::builder().login("sa", "Secret-1").login("reader", "Secret-3");
    let server = server.database("Bookstore").start().await.unwrap();
    let admin = settings(&server.connection_string("sa"));
    bookstore_db::migrate::migrate(&admin, &Default::default()).await.unwrap();
    sql::batch(&admin, "CREATE USER reader FOR LOGIN reader").await.unwrap();
    let store = open(&settings(&server.connection_string("reader")));
    assert!(matches!(store.list(&first_page()).await, Err(Error::PermissionDenied(error)) if error.number == 229));
}
