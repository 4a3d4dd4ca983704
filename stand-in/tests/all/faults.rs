//! Faults: each has its effect on the client, and nothing else changes.

use super::client::{config, connect, connect_with, int, number, run, server};
use sql_server_stand_in::Fault;
use std::time::{Duration, Instant};
use tiberius::error::Error;

#[tokio::test]
async fn refused_connection_is_an_io_error_and_the_next_one_works() {
    let server = server().await;
    server.faults().times(2, Fault::RefuseConnection);
    for _ in 0..2 {
        assert!(matches!(connect_with(&server, config(&server)).await, Err(Error::Io { .. } | Error::Tls(_))));
    }
    connect(&server).await;
}

#[tokio::test]
async fn error_instead_of_a_statement_changes_no_row() {
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, "CREATE TABLE dbo.T (n INT NOT NULL)").await.unwrap();
    let fault = Fault::Error { number: 1205, text: "Deadlocked.".into() };
    server.faults().once_for("insert into dbo.t", fault);
    assert_eq!(int(&mut client, "SELECT COUNT(*) AS n FROM dbo.T").await, Some(0));
    assert_eq!(number(run(&mut client, "INSERT INTO dbo.T (n) VALUES (1)").await), 1205);
    assert_eq!(int(&mut client, "SELECT COUNT(*) AS n FROM dbo.T").await, Some(0));
}

#[tokio::test]
async fn error_after_a_statement_keeps_its_row() {
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, "CREATE TABLE dbo.T (n INT NOT NULL)").await.unwrap();
    server.faults().once(Fault::ErrorAfterRunning { number: 40197, text: "Failed over.".into() });
    assert_eq!(number(client.execute("INSERT INTO dbo.T (n) VALUES (@P1)", &[&1]).await), 40197);
    assert_eq!(int(&mut client, "SELECT COUNT(*) AS n FROM dbo.T").await, Some(1));
}

#[tokio::test]
async fn write_with_a_lost_reply_is_committed() {
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, "CREATE TABLE dbo.T (n INT NOT NULL)").await.unwrap();
    server.faults().once_for("INSERT", Fault::CloseAfterRunning);
    assert!(client.execute("INSERT INTO dbo.T (n) VALUES (@P1)", &[&1]).await.is_err());
    let mut client = connect(&server).await;
    assert_eq!(int(&mut client, "SELECT COUNT(*) AS n FROM dbo.T").await, Some(1));
}

#[tokio::test]
async fn reply_breaks_off_after_any_byte() {
    let server = server().await;
    for bytes in [0, 1, 7, 8, 9, 20] {
        let mut client = connect(&server).await;
        server.faults().once(Fault::CloseAfterBytes(bytes));
        assert!(run(&mut client, "SELECT 1 AS n").await.is_err(), "{bytes}");
    }
}

#[tokio::test]
async fn login_is_redirected_to_another_server() {
    let (first, second) = (server().await, server().await);
    first.faults().once(Fault::Redirect { host: "localhost".into(), port: second.addr().port() });
    let redirected = connect_with(&first, config(&first)).await;
    let Err(Error::Routing { host, port }) = redirected else { panic!("{redirected:?}") };
    assert_eq!((host.as_str(), port), ("localhost", second.addr().port()));
    assert_eq!(int(&mut connect(&second).await, "SELECT 1 AS n").await, Some(1));
}

#[tokio::test]
async fn delay_affects_login_and_reply() {
    let server = server().await;
    let delay = Duration::from_millis(120);
    server.faults().once(Fault::DelayLogin(delay));
    server.faults().once(Fault::DelayReply(delay));
    for _ in 0..2 {
        let begun = Instant::now();
        let mut client = connect(&server).await;
        int(&mut client, "SELECT 1 AS n").await;
        let expected = if server.counters().logins() == 1 { 2 * delay } else { Duration::ZERO };
        assert!(begun.elapsed() >= expected);
    }
}

#[tokio::test]
async fn statement_without_a_reply_times_out_at_the_client() {
    let server = server().await;
    let mut config = config(&server);
    config.command_timeout(Some(Duration::from_millis(100)));
    let mut client = connect_with(&server, config).await.unwrap();
    server.faults().always_for("never", Fault::NeverAnswer);
    assert!(run(&mut client, "SELECT 1 AS Never").await.is_err());
    server.faults().clear();
    assert_eq!(int(&mut connect(&server).await, "SELECT 1 AS Never").await, Some(1));
}

#[tokio::test]
async fn fatal_error_is_reported_and_closes_the_connection() {
    // "Database Engine error severities": 20 to 24 terminate the connection.
    let server = server().await;
    let mut client = connect(&server).await;
    server.faults().once(Fault::FatalError { number: 823, text: "I/O error.".into() });
    let failed = run(&mut client, "SELECT 1 AS n").await.unwrap_err();
    let Error::Server(token) = failed else { panic!("{failed:?}") };
    assert_eq!((token.code(), token.class()), (823, 20));
    assert!(matches!(run(&mut client, "SELECT 1 AS n").await, Err(Error::Io { .. })));
}

#[tokio::test]
async fn deadlock_error_rolls_back_the_transaction() {
    // "MSSQLSERVER_1205": the transaction of the deadlock victim is rolled back.
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, "CREATE TABLE dbo.T (n INT NOT NULL)").await.unwrap();
    run(&mut client, "BEGIN TRAN; INSERT INTO dbo.T VALUES (1)").await.unwrap();
    server.faults().once(Fault::Error { number: 1205, text: "Deadlocked.".into() });
    assert_eq!(number(run(&mut client, "INSERT INTO dbo.T VALUES (2)").await), 1205);
    assert_eq!(int(&mut client, "SELECT COUNT(*) + @@TRANCOUNT AS n FROM dbo.T").await, Some(0));
}
