//! Least privilege: what the application's role can do and cannot do.

use super::client::{Connection, config_for, connect, connect_with, create_schema, int, number, run, server, sql};
use sql_server_stand_in::StandIn;
use tiberius::Uuid;

/// A server with the schema, and a session of a login in `bookstore_app`.
async fn shop() -> (StandIn, Connection) {
    let server = server().await;
    let mut owner = connect(&server).await;
    create_schema(&mut owner).await;
    run(&mut owner, sql!("seed/001_books")).await.unwrap();
    owner.execute(sql!("admin/grant_user"), &[&"app"]).await.unwrap();
    let app = connect_with(&server, config_for(&server, "app", "app-pass", "Bookstore")).await.unwrap();
    (server, app)
}

#[tokio::test]
async fn role_reads_the_table_and_writes_through_the_view() {
    let (_server, mut app) = shop().await;
    let request = Uuid::from_u128(7);
    let none: Option<i32> = None;
    let price: Option<tiberius::numeric::Numeric> = None;
    let created = app
        .query(sql!("queries/create"), &[&"T", &"F", &"L", &none, &price, &"English", &"P", &request])
        .await
        .unwrap()
        .into_first_result()
        .await
        .unwrap();
    assert_eq!(created[0].get::<i32, _>("Changed"), Some(1));
    assert_eq!(created[0].get::<&str, _>("CreatedBy"), Some("app"));
    assert_eq!(app.execute(sql!("queries/delete"), &[&1, &1]).await.unwrap().rows_affected()[0], 1);
    assert_eq!(int(&mut app, "SELECT COUNT(*) AS n FROM dbo.Books").await, Some(8));
    assert_eq!(int(&mut app, "SELECT IS_ROLEMEMBER(N'bookstore_app') AS n").await, Some(1));
}

#[tokio::test]
async fn role_cannot_write_the_table_or_the_creator() {
    let (_server, mut app) = shop().await;
    let columns = "Title, AuthorFirstName, AuthorLastName, BookLanguage, Publisher";
    let insert = format!("INSERT INTO dbo.Books ({columns}, CreatedBy) VALUES (N'a', N'b', N'c', N'd', N'e', N'sa')");
    let refused = run(&mut app, &insert).await.unwrap_err();
    let tiberius::error::Error::Server(token) = &refused else { panic!("{refused:?}") };
    let text = "The INSERT permission was denied on the object 'Books', database 'Bookstore', schema 'dbo'.";
    assert_eq!((token.code(), token.message()), (229, text));
    assert_eq!(number(run(&mut app, "UPDATE dbo.Books SET CreatedBy = N'sa'").await), 229);
    assert_eq!(number(run(&mut app, "DELETE FROM dbo.Books").await), 229);
    assert_eq!(number(run(&mut app, "UPDATE dbo.BookEntries SET CreatedBy = N'sa'").await), 207);
    let insert = insert.replace("dbo.Books", "dbo.BookEntries");
    assert_eq!(number(run(&mut app, &insert).await), 207);
}

#[tokio::test]
async fn role_cannot_change_schema_or_principals() {
    let (_server, mut app) = shop().await;
    assert_eq!(number(run(&mut app, "CREATE TABLE dbo.Mine (n INT)").await), 262);
    assert_eq!(number(run(&mut app, "CREATE DATABASE Mine").await), 262);
    assert_eq!(number(run(&mut app, "DROP TABLE dbo.Books").await), 15151);
    assert_eq!(number(run(&mut app, "ALTER TABLE dbo.Books ADD x INT NULL").await), 1088);
    for statement in
        ["GRANT INSERT ON dbo.Books TO bookstore_app", "CREATE ROLE r", "CREATE LOGIN x WITH PASSWORD = 'x'"]
    {
        assert_eq!(number(run(&mut app, statement).await), 15247, "{statement}");
    }
}

#[tokio::test]
async fn deny_overrides_grant_until_revoked() {
    let (server, mut app) = shop().await;
    let mut owner = connect(&server).await;
    let count = "SELECT COUNT(*) AS n FROM dbo.Books";
    run(&mut owner, "DENY SELECT ON dbo.Books TO app").await.unwrap();
    assert_eq!(number(run(&mut app, count).await), 229);
    assert_eq!(
        int(&mut app, "SELECT COUNT(*) AS n FROM dbo.BookEntries").await,
        Some(8),
        "the view reads with its owner's permissions"
    );
    run(&mut owner, "REVOKE SELECT ON dbo.Books FROM app").await.unwrap();
    assert_eq!(int(&mut app, count).await, Some(8));
    run(&mut owner, "ALTER ROLE bookstore_app DROP MEMBER app").await.unwrap();
    assert_eq!(number(run(&mut app, count).await), 229);
}

#[tokio::test]
async fn login_created_by_tsql_needs_a_user() {
    let (server, _app) = shop().await;
    let mut owner = connect(&server).await;
    run(&mut owner, "CREATE LOGIN [new one] WITH PASSWORD = N'Geheim!1'; CREATE USER [new one] FOR LOGIN [new one]")
        .await
        .unwrap();
    let mut new = connect_with(&server, config_for(&server, "new one", "Geheim!1", "Bookstore")).await.unwrap();
    assert_eq!(number(run(&mut new, "SELECT Id FROM dbo.Books").await), 229);
    assert_eq!(number(run(&mut owner, "CREATE LOGIN [new one] FROM WINDOWS").await), 15025);
    assert_eq!(number(run(&mut owner, "CREATE USER nobody FOR LOGIN nobody").await), 15007);
    assert_eq!(number(run(&mut owner, "GRANT SELECT ON dbo.Nothing TO app").await), 15151);
}
