//! Application locks, transactions, and the cancelling of statements.

use super::client::{connect, int, number, run, server, sql};
use futures_util::StreamExt;
use std::time::Duration;

#[tokio::test]
async fn an_application_lock_is_held_by_one_session_until_it_gives_it_back() {
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
    assert!(take(&mut first, 20_000).await >= Some(0), "a session that ends gives its locks back");
}

#[tokio::test]
async fn a_transaction_is_seen_by_others_only_once_it_is_committed() {
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
async fn with_xact_abort_an_error_undoes_the_transaction_and_without_it_the_batch_goes_on() {
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
async fn a_session_that_ends_in_a_transaction_leaves_nothing_and_lets_others_write() {
    let server = server().await;
    let (mut first, mut second) = (connect(&server).await, connect(&server).await);
    run(&mut first, "CREATE TABLE dbo.T (n INT NOT NULL)").await.unwrap();
    run(&mut first, "BEGIN TRAN; INSERT INTO dbo.T (n) VALUES (1)").await.unwrap();
    drop(first);
    run(&mut second, "INSERT INTO dbo.T (n) VALUES (2)").await.unwrap();
    assert_eq!(int(&mut second, "SELECT SUM(n) AS n FROM dbo.T").await, Some(2));
}

/// Ten rows joined with themselves eight times: more work than any test waits for.
const ENDLESS: &str = "WITH d AS (SELECT n FROM (VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) AS v (n))
    SELECT COUNT_BIG(*) AS n FROM d AS a CROSS JOIN d AS b CROSS JOIN d AS c CROSS JOIN d AS e CROSS JOIN d AS f
    CROSS JOIN d AS g CROSS JOIN d AS h CROSS JOIN d AS i CROSS JOIN d AS j CROSS JOIN d AS k CROSS JOIN d AS l
    WHERE a.n + b.n + l.n < 28";

#[tokio::test]
async fn an_attention_cancels_what_runs_and_the_connection_is_good_again() {
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
async fn an_attention_in_the_middle_of_a_long_result_ends_it() {
    let server = server().await;
    let mut client = connect(&server).await;
    let many = ENDLESS.replace("COUNT_BIG(*) AS n", "a.n, b.n AS m");
    let mut stream = client.simple_query(many.as_str()).await.unwrap().into_row_stream();
    for _ in 0..500 {
        stream.next().await.unwrap().unwrap();
    }
    drop(stream);
    client.cancel_query().await.unwrap();
    assert_eq!(int(&mut client, "SELECT 42 AS n").await, Some(42));
}

#[tokio::test]
async fn many_sessions_write_at_once_and_none_loses_a_row() {
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
async fn a_transaction_holds_up_neither_logins_nor_readers_nor_other_databases() {
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
