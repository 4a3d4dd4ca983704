//! Application locks, transactions and the cancellation of statements.

use super::client::{connect, int, number, run, server, sql};
use std::time::Duration;

#[tokio::test]
async fn application_lock_excludes_other_sessions_until_released() {
    let server = server().await;
    let (mut first, mut second) = (connect(&server).await, connect(&server).await);
    let take = async |client: &mut super::client::Connection, wait: i32| {
        let rows = client.query(sql!("admin/lock"), &[&wait]).await.unwrap().into_first_result().await.unwrap();
        rows[0].get::<i32, _>("Result")
    };
    assert_eq!(take(&mut first, 0).await, Some(0));
    assert_eq!(take(&mut second, 30).await, Some(-1));
    let waiting = tokio::spawn(async move { (take(&mut second, 20_000).await, second) });
    run(&mut first, sql!("admin/unlock")).await.unwrap();
    let (granted, second) = waiting.await.unwrap();
    assert!(matches!(granted, Some(0 | 1)));
    assert_eq!(number(run(&mut first, sql!("admin/unlock")).await), 1223);
    drop(second);
    assert!(take(&mut first, 20_000).await >= Some(0), "a session that ends releases its locks");
}

#[tokio::test]
async fn transaction_is_invisible_to_others_until_commit() {
    let server = server().await;
    let (mut writer, mut reader) = (connect(&server).await, connect(&server).await);
    run(&mut writer, "CREATE TABLE dbo.T (n INT NOT NULL)").await.unwrap();
    let count = "SELECT COUNT(*) AS n FROM dbo.T";
    writer.begin_transaction().await.unwrap();
    run(&mut writer, "INSERT INTO dbo.T (n) VALUES (1)").await.unwrap();
    assert_eq!(int(&mut writer, "SELECT @@TRANCOUNT AS n").await, Some(1));
    assert_eq!(int(&mut reader, count).await, Some(0));
    writer.rollback_transaction().await.unwrap();
    assert_eq!(int(&mut writer, count).await, Some(0));
    run(&mut writer, "BEGIN TRAN; INSERT INTO dbo.T (n) VALUES (1); COMMIT TRANSACTION").await.unwrap();
    assert_eq!(int(&mut reader, count).await, Some(1));
    assert_eq!(number(run(&mut writer, "COMMIT").await), 3902);
    assert_eq!(number(run(&mut writer, "ROLLBACK").await), 3903);
}

#[tokio::test]
async fn xact_abort_rolls_back_and_without_it_the_batch_continues() {
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, "CREATE TABLE dbo.T (n INT NOT NULL CONSTRAINT PK_T PRIMARY KEY)").await.unwrap();
    let batch = "BEGIN TRAN; INSERT INTO dbo.T (n) VALUES (1); INSERT INTO dbo.T (n) VALUES (1);
                 INSERT INTO dbo.T (n) VALUES (2); COMMIT";
    assert_eq!(number(run(&mut client, &format!("SET XACT_ABORT ON; {batch}")).await), 2627);
    assert_eq!(int(&mut client, "SELECT COUNT(*) + @@TRANCOUNT AS n FROM dbo.T").await, Some(0));
    assert_eq!(number(run(&mut client, &format!("SET XACT_ABORT OFF; {batch}")).await), 2627);
    assert_eq!(int(&mut client, "SELECT COUNT(*) AS n FROM dbo.T").await, Some(2));
}

#[tokio::test]
async fn xact_abort_inside_sp_executesql_rolls_back_and_ends_with_it() {
    // "SET XACT_ABORT (Transact-SQL)", "sp_executesql (Transact-SQL)"
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, "CREATE TABLE dbo.T (n INT NOT NULL CONSTRAINT PK_T PRIMARY KEY)").await.unwrap();
    let batch = "SET XACT_ABORT ON; BEGIN TRAN; INSERT INTO dbo.T (n) VALUES (@P1), (@P1); COMMIT";
    assert_eq!(number(client.execute(batch, &[&1]).await), 2627);
    assert_eq!(int(&mut client, "SELECT COUNT(*) + @@TRANCOUNT AS n FROM dbo.T").await, Some(0));
    let batch = "BEGIN TRAN; INSERT INTO dbo.T (n) VALUES (1); INSERT INTO dbo.T (n) VALUES (1); COMMIT";
    assert_eq!(number(run(&mut client, batch).await), 2627);
    assert_eq!(int(&mut client, "SELECT COUNT(*) AS n FROM dbo.T").await, Some(1));
}

#[tokio::test]
async fn session_end_rolls_back_and_releases_the_write_lock() {
    let server = server().await;
    let (mut first, mut second) = (connect(&server).await, connect(&server).await);
    run(&mut first, "CREATE TABLE dbo.T (n INT NOT NULL)").await.unwrap();
    run(&mut first, "BEGIN TRAN; INSERT INTO dbo.T (n) VALUES (1)").await.unwrap();
    drop(first);
    run(&mut second, "INSERT INTO dbo.T (n) VALUES (2)").await.unwrap();
    assert_eq!(int(&mut second, "SELECT SUM(n) AS n FROM dbo.T").await, Some(2));
}

#[tokio::test]
async fn transaction_that_has_written_nothing_blocks_no_writer() {
    // "Transaction locking and row versioning guide": locks are taken by statements.
    let server = server().await;
    let (mut first, mut second) = (connect(&server).await, connect(&server).await);
    run(&mut first, "CREATE TABLE dbo.T (n INT NOT NULL)").await.unwrap();
    run(&mut first, "BEGIN TRAN").await.unwrap();
    assert_eq!(int(&mut first, "SELECT COUNT(*) AS n FROM dbo.T").await, Some(0));
    run(&mut second, "SET LOCK_TIMEOUT 0; INSERT INTO dbo.T (n) VALUES (1)").await.unwrap();
    run(&mut first, "INSERT INTO dbo.T (n) VALUES (2); COMMIT").await.unwrap();
    assert_eq!(int(&mut first, "SELECT SUM(n) + @@TRANCOUNT AS n FROM dbo.T").await, Some(3));
    run(&mut first, "BEGIN TRAN; COMMIT; BEGIN TRAN; ROLLBACK").await.unwrap();
}

/// A cross join of twelve tables of ten rows: it never ends within a test.
const ENDLESS: &str = "WITH d AS (SELECT n FROM (VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) AS v (n))
    SELECT COUNT_BIG(*) AS n FROM d AS a CROSS JOIN d AS b CROSS JOIN d AS c CROSS JOIN d AS e CROSS JOIN d AS f
    CROSS JOIN d AS g CROSS JOIN d AS h CROSS JOIN d AS i CROSS JOIN d AS j CROSS JOIN d AS k CROSS JOIN d AS l
    WHERE a.n + b.n + l.n < 28";

#[tokio::test]
async fn attention_cancels_a_statement_and_keeps_the_connection() {
    let server = server().await;
    let mut client = connect(&server).await;
    for endless in [ENDLESS, "WAITFOR DELAY '00:10:00'; SELECT 1 AS n"] {
        let query = client.simple_query(endless);
        assert!(tokio::time::timeout(Duration::from_millis(100), query).await.is_err());
        client.cancel_query().await.unwrap();
        assert_eq!(int(&mut client, "SELECT 41 + 1 AS n").await, Some(42));
    }
}

#[tokio::test]
async fn concurrent_writers_lose_no_row() {
    let server = server().await;
    let mut owner = connect(&server).await;
    run(&mut owner, "CREATE TABLE dbo.T (Id INT IDENTITY(1,1) NOT NULL PRIMARY KEY, n INT NOT NULL)").await.unwrap();
    let write = |n: i32| {
        let config = super::client::config(&server);
        let address = server.addr();
        async move {
            let mut client = super::client::connect_to(address, config).await.unwrap();
            for _ in 0..20 {
                client.execute("INSERT INTO dbo.T (n) SELECT @P1 + COUNT(*) * 0 FROM dbo.T", &[&n]).await.unwrap();
            }
        }
    };
    futures_util::future::join_all((0..8).map(write)).await;
    assert_eq!(int(&mut owner, "SELECT COUNT(*) AS n FROM dbo.T").await, Some(160));
}

#[tokio::test]
async fn transaction_blocks_no_logins_readers_or_other_databases() {
    let server = server().await;
    let mut writer = connect(&server).await;
    run(&mut writer, "CREATE TABLE dbo.T (n INT NOT NULL)").await.unwrap();
    run(&mut writer, "BEGIN TRAN; INSERT INTO dbo.T (n) VALUES (1)").await.unwrap();
    let mut other = connect(&server).await;
    assert_eq!(int(&mut other, "SELECT COUNT(*) AS n FROM dbo.T").await, Some(0));
    assert_eq!(number(run(&mut other, "SET LOCK_TIMEOUT 100; INSERT INTO dbo.T (n) VALUES (1)").await), 1222);
    run(&mut other, "CREATE DATABASE Other").await.unwrap();
    run(&mut other, "CREATE LOGIN another WITH PASSWORD = 'x'").await.unwrap();
    run(&mut other, "USE Other; CREATE TABLE dbo.T (n INT NOT NULL); INSERT INTO dbo.T (n) VALUES (1)").await.unwrap();
}
