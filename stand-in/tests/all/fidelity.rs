//! Behavior that programs rely on without noticing. Each test names Microsoft's page for it.

use super::client::{Connection, PASSWORD, builder, config_for, connect, connect_with, int, number, rows, run, server};
use std::time::Duration;
use tiberius::error::{Error, TokenError};

const TABLE: &str = "CREATE TABLE dbo.T (Id INT IDENTITY(1,1) NOT NULL CONSTRAINT PK_T PRIMARY KEY,
    n INT NOT NULL, Name NVARCHAR(5) NOT NULL CONSTRAINT CK_T CHECK (Name <> N'bad'), Code NVARCHAR(9) NOT NULL DEFAULT N'x',
    CONSTRAINT UQ_T UNIQUE (n, Name))";

async fn error_of(client: &mut Connection, sql: &str) -> TokenError {
    match run(client, sql).await {
        Err(Error::Server(token)) => token,
        other => panic!("{sql}: {other:?}"),
    }
}

#[tokio::test]
async fn failed_conversion_rolls_back_the_transaction() {
    // "Depending upon the severity of the error, the entire transaction may be rolled back":
    // <https://learn.microsoft.com/sql/t-sql/statements/set-xact-abort-transact-sql>
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, TABLE).await.unwrap();
    let batch = "BEGIN TRAN; INSERT INTO dbo.T (n, Name) VALUES (1, N'a'); SELECT CAST(N'x' AS INT) AS n";
    assert_eq!(number(run(&mut client, batch).await), 245);
    assert_eq!(int(&mut client, "SELECT COUNT(*) + @@TRANCOUNT AS n FROM dbo.T").await, Some(0));
}

#[tokio::test]
async fn error_in_try_leaves_an_uncommittable_transaction() {
    // <https://learn.microsoft.com/sql/t-sql/language-elements/try-catch-transact-sql>
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, TABLE).await.unwrap();
    let failed = "SET XACT_ABORT ON; BEGIN TRAN; BEGIN TRY SELECT 1 / 0 AS n; END TRY BEGIN CATCH";
    for write in ["INSERT INTO dbo.T (n, Name) VALUES (1, N'a')", "CREATE TABLE dbo.U (n INT)", "COMMIT"] {
        assert_eq!(number(run(&mut client, &format!("{failed} {write}; END CATCH")).await), 3930, "{write}");
        assert_eq!(int(&mut client, "SELECT @@TRANCOUNT AS n").await, Some(0));
    }
    assert_eq!(number(run(&mut client, &format!("{failed} SELECT 1 AS n; END CATCH")).await), 3998);
    run(&mut client, &format!("{failed} ROLLBACK; END CATCH; SET XACT_ABORT OFF")).await.unwrap();
    assert_eq!(int(&mut client, "SELECT @@TRANCOUNT AS n").await, Some(0));
}

#[tokio::test]
async fn identity_values_are_not_given_out_twice() {
    // <https://learn.microsoft.com/sql/t-sql/statements/create-table-transact-sql-identity-property>
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, TABLE).await.unwrap();
    run(&mut client, "BEGIN TRAN; INSERT INTO dbo.T (n, Name) VALUES (1, N'a'); ROLLBACK").await.unwrap();
    assert_eq!(number(run(&mut client, "INSERT INTO dbo.T (n, Name) VALUES (2, N'bad')").await), 547);
    let insert = "INSERT INTO dbo.T (n, Name) VALUES (3, N'a'); SELECT CAST(SCOPE_IDENTITY() AS INT) AS n";
    assert_eq!(int(&mut client, insert).await, Some(3));
    run(&mut client, "DROP TABLE dbo.T").await.unwrap();
    run(&mut client, TABLE).await.unwrap();
    assert_eq!(int(&mut client, insert).await, Some(1));
}

#[tokio::test]
async fn unbalanced_transaction_of_a_called_batch_is_an_error() {
    // Error 266: <https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors-0-to-999>
    let server = server().await;
    let mut client = connect(&server).await;
    assert_eq!(number(run(&mut client, "EXEC (N'BEGIN TRAN')").await), 266);
    assert_eq!(int(&mut client, "SELECT @@TRANCOUNT AS n").await, Some(1));
    assert_eq!(number(client.execute("COMMIT", &[]).await), 266);
    assert_eq!(int(&mut client, "SELECT @@TRANCOUNT AS n").await, Some(0));
}

#[tokio::test]
async fn names_are_bound_before_a_batch_runs() {
    // "Deferred name resolution" is for objects that do not exist, not for columns of tables that do:
    // <https://learn.microsoft.com/sql/t-sql/statements/create-procedure-transact-sql>
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, TABLE).await.unwrap();
    for batch in [
        "ALTER TABLE dbo.T ADD Added INT NULL; UPDATE dbo.T SET Added = 1",
        "INSERT INTO dbo.T (n, Name) VALUES (1, N'a');\n IF 1 = 0\n SELECT Added FROM dbo.T",
        "DECLARE @n INT = 1; CREATE TABLE dbo.U (n INT); \
         BEGIN TRY DELETE FROM dbo.T WHERE Added = @n; END TRY BEGIN CATCH END CATCH",
    ] {
        assert_eq!(number(run(&mut client, batch).await), 207, "{batch}");
    }
    assert_eq!(int(&mut client, "SELECT COUNT(*) AS n FROM sys.columns WHERE name = N'Added'").await, Some(0));
    assert_eq!(int(&mut client, "SELECT COUNT(*) AS n FROM dbo.T").await, Some(0));
    run(&mut client, "CREATE TABLE dbo.U (n INT); INSERT INTO dbo.U (n) VALUES (1)").await.unwrap();
    run(&mut client, "ALTER TABLE dbo.T ADD Added INT NULL; EXEC (N'UPDATE dbo.T SET Added = 1')").await.unwrap();
}

#[tokio::test]
async fn errors_name_the_line_of_their_statement() {
    // ERROR token, LineNumber: <https://learn.microsoft.com/sql/t-sql/functions/error-line-transact-sql>
    let server = server().await;
    let mut client = connect(&server).await;
    for (sql, line) in [
        ("SELECT 1 / 0 AS n", 1),
        ("\n\nSELECT\n1 / 0 AS n", 3),
        ("SELECT 1 AS n\n  THROW", 2),
        ("IF 1 = 1\nBEGIN\n  SELECT * FROM dbo.Missing\nEND", 3),
        ("SELECT 1 AS n;\nSELECT 1 +", 2),
        ("SELECT\n'", 2),
    ] {
        assert_eq!(error_of(&mut client, sql).await.line(), line, "{sql}");
    }
}

#[tokio::test]
async fn errors_have_their_whole_text_and_state() {
    // The texts: <https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors-2000-to-2999>
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, TABLE).await.unwrap();
    run(&mut client, "CREATE UNIQUE INDEX UX_T ON dbo.T (Code, n); INSERT INTO dbo.T (n, Name) VALUES (1, N'É ')")
        .await
        .unwrap();
    for (sql, number, state, text) in [
        (
            "INSERT INTO dbo.T (n, Name, Code) VALUES (7, N'b', N'y'), (1, N'é', N'z')",
            2627,
            1,
            "Violation of UNIQUE KEY constraint 'UQ_T'. Cannot insert duplicate key in object 'dbo.T'. The duplicate key \
             value is (1, é).",
        ),
        (
            "INSERT INTO dbo.T (n, Name) OUTPUT inserted.Id VALUES (1, N'other')",
            2601,
            1,
            "Cannot insert duplicate key row in object 'dbo.T' with unique index 'UX_T'. The duplicate key value is (x, 1).",
        ),
        (
            "INSERT INTO dbo.T (n, Name) VALUES (2, N'bad')",
            547,
            0,
            "The INSERT statement conflicted with the CHECK constraint \"CK_T\". The conflict occurred in database \
             \"Bookstore\", table \"dbo.T\", column 'Name'.",
        ),
        (
            "UPDATE dbo.T SET Name = NULL",
            515,
            2,
            "Cannot insert the value NULL into column 'Name', table 'Bookstore.dbo.T'; column does not allow nulls. UPDATE \
             fails.",
        ),
        ("EXEC dbo.nothing", 2812, 62, "Could not find stored procedure 'nothing'."),
        ("SELECT 2147483647 + 1 AS n", 8115, 2, "Arithmetic overflow error converting expression to data type int."),
        (
            "SELECT CAST(1000 AS NUMERIC(5,2)) AS n",
            8115,
            8,
            "Arithmetic overflow error converting expression to data type numeric.",
        ),
    ] {
        let token = error_of(&mut client, sql).await;
        assert_eq!((token.code(), token.state(), token.message()), (number, state, text), "{sql}");
    }
}

#[tokio::test]
async fn excess_trailing_blanks_are_cut_silently() {
    // ISO/IEC 9075-2, store assignment; Microsoft's pages on 2628 and ANSI_WARNINGS do not mention blanks.
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, TABLE).await.unwrap();
    run(&mut client, "INSERT INTO dbo.T (n, Name) VALUES (1, N'abc       ')").await.unwrap();
    assert_eq!(
        int(&mut client, "SELECT COUNT(*) AS n FROM dbo.T WHERE N'[' + Name + N']' = N'[abc  ]'").await,
        Some(1)
    );
    assert_eq!(number(run(&mut client, "INSERT INTO dbo.T (n, Name) VALUES (1, N'abc    d')").await), 2628);
}

#[tokio::test]
async fn text_sorts_and_compares_by_the_announced_collation() {
    // <https://learn.microsoft.com/sql/relational-databases/collations/collation-and-unicode-support>
    let server = server().await;
    let mut client = connect(&server).await;
    let sql =
        "SELECT v.t FROM (VALUES (N'z'), (N'Él'), (N'f'), (N'e'), (N'ela'), (N'1'), (N'-')) AS v (t) ORDER BY v.t";
    let sorted = rows(&mut client, sql).await;
    let sorted: Vec<_> = sorted.iter().map(|row| row.get::<&str, _>(0).unwrap()).collect();
    assert_eq!(sorted, ["-", "1", "e", "Él", "ela", "f", "z"]);
    let sql =
        "SELECT COUNT(*) AS n FROM (VALUES (N'é', N'É'), (N'a🚀b', N'AB'), (N'😀', N'')) AS v (a, b) WHERE v.a = v.b";
    assert_eq!(int(&mut client, sql).await, Some(3));
    assert_eq!(int(&mut client, "SELECT 1 AS n WHERE N'e' = N'é'").await, None);
}

#[tokio::test]
async fn database_in_use_is_not_dropped() {
    // <https://learn.microsoft.com/sql/t-sql/statements/drop-database-transact-sql>
    let server = server().await;
    let mut client = connect(&server).await;
    assert_eq!(number(run(&mut client, "DROP DATABASE Bookstore").await), 3702);
    run(&mut client, "CREATE DATABASE Other").await.unwrap();
    let mut other = connect_with(&server, config_for(&server, "sa", PASSWORD, "Other")).await.unwrap();
    assert_eq!(number(run(&mut client, "DROP DATABASE Other").await), 3702);
    run(&mut other, "USE master").await.unwrap();
    assert_eq!(number(run(&mut client, "BEGIN TRAN; DROP DATABASE Other").await), 226);
    run(&mut client, "ROLLBACK; DROP DATABASE Other").await.unwrap();
    assert_eq!(int(&mut client, "SELECT DB_ID(N'Other') AS n").await, None);
}

#[tokio::test]
async fn attention_leaves_a_transaction_open_unless_xact_abort_is_on() {
    // <https://learn.microsoft.com/sql/t-sql/statements/set-xact-abort-transact-sql>
    let server = server().await;
    for (set, open) in [("SET XACT_ABORT OFF", 1), ("SET XACT_ABORT ON", 0)] {
        let mut client = connect(&server).await;
        run(&mut client, &format!("{set}; BEGIN TRAN")).await.unwrap();
        let waits = client.simple_query("WAITFOR DELAY '00:10:00'");
        assert!(tokio::time::timeout(Duration::from_millis(50), waits).await.is_err());
        client.cancel_query().await.unwrap();
        assert_eq!(int(&mut client, "SELECT @@TRANCOUNT AS n").await, Some(open), "{set}");
    }
}

#[tokio::test]
async fn getdate_is_in_the_servers_time_zone() {
    // <https://learn.microsoft.com/sql/t-sql/functions/getdate-transact-sql>
    for offset in [-570, 0, 120] {
        let server = builder().utc_offset(offset).start().await.unwrap();
        let sql = "SELECT DATEDIFF(MINUTE, GETUTCDATE(), GETDATE()) AS n";
        assert_eq!(int(&mut connect(&server).await, sql).await, Some(offset));
    }
}
