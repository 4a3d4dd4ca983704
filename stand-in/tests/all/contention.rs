//! Contention mode, after "Transaction locking and row versioning guide"
//! (<https://learn.microsoft.com/sql/relational-databases/sql-server-transaction-locking-and-row-versioning-guide>).

use super::client::{Connection, connect, int, number, run, server};
use sql_server_stand_in::{ReadCommitted, StandIn};
use std::time::Duration;

const TABLE: &str = "CREATE TABLE dbo.T (Id INT IDENTITY(1,1) NOT NULL CONSTRAINT PK_T PRIMARY KEY,
    n INT NOT NULL CONSTRAINT UQ_T UNIQUE, Version INT NOT NULL)";
const INSERT_UNLESS_THERE: &str =
    "INSERT INTO dbo.T (n, Version) SELECT 7, 1 WHERE NOT EXISTS (SELECT 1 FROM dbo.T WHERE n = 7)";

/// A server with the rows n = 1 and n = 2, and two sessions.
async fn contended(reads: ReadCommitted) -> (StandIn, Connection, Connection) {
    let server = server().await;
    let mut owner = connect(&server).await;
    run(&mut owner, TABLE).await.unwrap();
    run(&mut owner, "INSERT INTO dbo.T (n, Version) VALUES (1, 1), (2, 1)").await.unwrap();
    server.contend(reads);
    let (first, second) = (connect(&server).await, connect(&server).await);
    (server, first, second)
}

/// Starts a batch, waits until it waits for a lock, and returns the task that ends with its result.
async fn blocked(
    server: &StandIn,
    mut client: Connection,
    batch: &'static str,
) -> tokio::task::JoinHandle<(tiberius::Result<()>, Connection)> {
    let before = server.waiting_sessions();
    let running = tokio::spawn(async move { (run(&mut client, batch).await, client) });
    let waits = async {
        while server.waiting_sessions() <= before {
            assert!(!running.is_finished(), "{batch} does not wait");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waits).await.unwrap();
    running
}

#[tokio::test]
async fn second_insert_of_a_key_waits_and_then_fails() {
    for (end, expected) in [("COMMIT", Some(2627)), ("ROLLBACK", None)] {
        let (server, mut first, second) = contended(ReadCommitted::Snapshot).await;
        run(&mut first, &format!("BEGIN TRAN; {INSERT_UNLESS_THERE}")).await.unwrap();
        // Its NOT EXISTS reads the committed version, in which the key is missing.
        let second = blocked(&server, second, INSERT_UNLESS_THERE).await;
        run(&mut first, end).await.unwrap();
        let (result, _second) = second.await.unwrap();
        assert_eq!(result.err().and_then(|error| error.code()), expected, "{end}");
        assert_eq!(int(&mut first, "SELECT COUNT(*) AS n FROM dbo.T WHERE n = 7").await, Some(1));
    }
}

#[tokio::test]
async fn locking_read_waits_for_an_uncommitted_key() {
    let (server, mut first, second) = contended(ReadCommitted::Locking).await;
    run(&mut first, &format!("BEGIN TRAN; {INSERT_UNLESS_THERE}")).await.unwrap();
    let second = blocked(&server, second, INSERT_UNLESS_THERE).await;
    run(&mut first, "COMMIT").await.unwrap();
    let (result, mut second) = second.await.unwrap();
    result.unwrap();
    assert_eq!(int(&mut second, "SELECT COUNT(*) AS n FROM dbo.T WHERE n = 7").await, Some(1));
}

#[tokio::test]
async fn readers_block_behind_writers_unless_they_read_row_versions() {
    const READ: &str = "SELECT Version FROM dbo.T WHERE n = 1";
    let (_server, mut writer, mut reader) = contended(ReadCommitted::Snapshot).await;
    run(&mut writer, "BEGIN TRAN; UPDATE dbo.T SET Version = 2 WHERE n = 1").await.unwrap();
    assert_eq!((int(&mut writer, READ).await, int(&mut reader, READ).await), (Some(2), Some(1)));

    let (server, mut writer, mut reader) = contended(ReadCommitted::Locking).await;
    run(&mut writer, "BEGIN TRAN; UPDATE dbo.T SET Version = 2 WHERE n = 1").await.unwrap();
    assert_eq!(int(&mut reader, "SELECT Version FROM dbo.T WHERE n = 2").await, Some(1));
    // "SET LOCK_TIMEOUT (Transact-SQL)": 1222 does not roll back.
    assert_eq!(number(run(&mut reader, &format!("SET LOCK_TIMEOUT 0; {READ}")).await), 1222);
    run(&mut reader, "SET LOCK_TIMEOUT 60000").await.unwrap();
    let reader = blocked(&server, reader, READ).await;
    run(&mut writer, "COMMIT").await.unwrap();
    reader.await.unwrap().0.unwrap();
}

#[tokio::test]
async fn update_tests_its_condition_again_after_a_wait() {
    const EDIT: &str = "UPDATE dbo.T SET Version = Version + 1 WHERE n = 1 AND Version = 1;
                        IF @@ROWCOUNT = 0 THROW 50001, 'conflict', 1";
    for reads in [ReadCommitted::Snapshot, ReadCommitted::Locking] {
        let (server, mut first, second) = contended(reads).await;
        run(&mut first, &format!("BEGIN TRAN; {EDIT}")).await.unwrap();
        let second = blocked(&server, second, EDIT).await;
        run(&mut first, "COMMIT").await.unwrap();
        let (result, mut second) = second.await.unwrap();
        assert_eq!(number(result), 50001);
        assert_eq!(int(&mut second, "SELECT Version FROM dbo.T WHERE n = 1").await, Some(2));
    }
}

#[tokio::test]
async fn writers_of_different_rows_do_not_wait() {
    let (_server, mut first, mut second) = contended(ReadCommitted::Snapshot).await;
    run(&mut first, "BEGIN TRAN; UPDATE dbo.T SET Version = 2 WHERE n = 1").await.unwrap();
    run(&mut second, "SET LOCK_TIMEOUT 0; BEGIN TRAN; UPDATE dbo.T SET Version = 3 WHERE n = 2").await.unwrap();
    assert_eq!(number(run(&mut second, "UPDATE dbo.T SET Version = 3 WHERE n = 1").await), 1222);
    run(&mut second, "COMMIT").await.unwrap();
    run(&mut first, "ROLLBACK").await.unwrap();
    assert_eq!(int(&mut first, "SELECT SUM(Version) AS n FROM dbo.T").await, Some(4));
}

#[tokio::test]
async fn cycle_of_waits_rolls_one_transaction_back() {
    // "MSSQLSERVER_1205": the victim's transaction is rolled back, and the other session continues.
    let (server, mut first, mut second) = contended(ReadCommitted::Snapshot).await;
    run(&mut first, "BEGIN TRAN; UPDATE dbo.T SET Version = 2 WHERE n = 1").await.unwrap();
    run(&mut second, "BEGIN TRAN; UPDATE dbo.T SET Version = 3 WHERE n = 2").await.unwrap();
    let first = blocked(&server, first, "UPDATE dbo.T SET Version = 2 WHERE n = 2; COMMIT").await;
    let failed = run(&mut second, "UPDATE dbo.T SET Version = 3 WHERE n = 1").await.unwrap_err();
    let tiberius::error::Error::Server(error) = failed else { panic!("{failed:?}") };
    assert_eq!((error.code(), error.class()), (1205, 13));
    assert_eq!(int(&mut second, "SELECT @@TRANCOUNT AS n").await, Some(0));
    first.await.unwrap().0.unwrap();
    assert_eq!(int(&mut second, "SELECT SUM(Version) AS n FROM dbo.T").await, Some(4));
}

#[tokio::test]
async fn identity_values_are_unique_and_not_used_again() {
    // "IDENTITY (Property)": rolled-back values leave gaps.
    let (_server, mut first, mut second) = contended(ReadCommitted::Snapshot).await;
    run(&mut first, "BEGIN TRAN; INSERT INTO dbo.T (n, Version) VALUES (3, 1)").await.unwrap();
    run(&mut second, "INSERT INTO dbo.T (n, Version) VALUES (4, 1)").await.unwrap();
    assert_eq!(int(&mut second, "SELECT Id FROM dbo.T WHERE n = 4").await, Some(4));
    run(&mut first, "ROLLBACK; INSERT INTO dbo.T (n, Version) VALUES (5, 1)").await.unwrap();
    assert_eq!(int(&mut first, "SELECT Id FROM dbo.T WHERE n = 5").await, Some(5));
}
