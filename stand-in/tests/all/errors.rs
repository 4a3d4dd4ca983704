//! T-SQL: error numbers and texts.

use super::client::{connect, int, number, run, server};

#[tokio::test]
async fn errors_have_sql_server_numbers() {
    let server = server().await;
    let mut client = connect(&server).await;
    let schema =
        "CREATE TABLE dbo.T (Id INT IDENTITY(1,1) NOT NULL CONSTRAINT PK_T PRIMARY KEY, Name NVARCHAR(5) NOT NULL,
        Code VARCHAR(3) NULL, Price NUMERIC(5,2) NULL CONSTRAINT CK_T_Price CHECK (Price >= 0), Small TINYINT NULL,
        CONSTRAINT UQ_T_Name UNIQUE (Name));
        INSERT INTO dbo.T (Name) VALUES (N'a'), (N'b')";
    run(&mut client, schema).await.unwrap();
    for (sql, expected) in [
        ("SELECT * FROM dbo.Nothing", 208),
        ("SELECT * FROM other.T", 208),
        ("SELECT Nothing FROM dbo.T", 207),
        ("SELECT t.Nothing FROM dbo.T AS t", 207),
        ("SELECT x.Id FROM dbo.T AS t", 4104),
        ("SELECT Id FROM dbo.T AS a CROSS JOIN dbo.T AS b", 209),
        ("SELECT Name, COUNT(*) AS n FROM dbo.T", 8120),
        ("SELECT Name FROM dbo.T GROUP BY Id", 8120),
        ("INSERT INTO dbo.T (Name) VALUES (N'A')", 2627),
        ("INSERT INTO dbo.T (Name) VALUES (NULL)", 515),
        ("INSERT INTO dbo.T (Code) VALUES ('x')", 515),
        ("INSERT INTO dbo.T (Name) VALUES (N'123456')", 2628),
        ("INSERT INTO dbo.T (Id, Name) VALUES (7, N'x')", 544),
        ("INSERT INTO dbo.T (Name, Price) VALUES (N'x', 1000)", 8115),
        ("INSERT INTO dbo.T (Name, Price) VALUES (N'x', -1)", 547),
        ("INSERT INTO dbo.T (Name, Small) VALUES (N'x', 256)", 8115),
        ("INSERT INTO dbo.T (Name) VALUES (N'x', 1)", 110),
        ("INSERT INTO dbo.T (Name, Code) SELECT N'x'", 120),
        ("UPDATE dbo.T SET Id = 3", 8102),
        ("UPDATE dbo.T SET Name = NULL", 515),
        ("UPDATE dbo.T SET Name = N'b' WHERE Name = N'a'", 2627),
        ("SELECT 1 / 0 AS n", 8134),
        ("SELECT DATEDIFF(MONTH, '2026-01-01', '2026-02-01') AS n", 50000),
        ("SELECT DATEDIFF(MILLISECOND, '2026-01-01', '2027-01-01') AS n", 535),
        // "DATEDIFF (Transact-SQL)": a result out of int's range is an error; "DATEDIFF_BIG" returns a bigint.
        ("SELECT DATEDIFF(MICROSECOND, '2026-01-01', '2026-02-01') AS n", 535),
        ("SELECT CAST(N'x' AS INT) AS n", 245),
        // "What are the Microsoft SQL database functions?" and "Data types": valid T-SQL that the stand-in lacks.
        ("SELECT XACT_STATE() AS n", 50000),
        ("SELECT ERROR_LINE() AS n", 50000),
        ("SELECT REPLICATE(N'x', 3) AS n", 50000),
        ("SELECT DATALENGTH(N'x') AS n", 50000),
        ("SELECT DATEPART(DAY, GETDATE()) AS n", 50000),
        ("DECLARE @m MONEY = 1", 50000),
        ("DECLARE @m SMALLDATETIME", 50000),
        ("SAVE TRANSACTION s", 50000),
        ("SELECT SERVERPROPERTY(N'ProductVersion') AS v", 50000),
        ("SELECT CAST(N'x' AS BIGINT) AS n", 8114),
        ("SELECT CAST(N'x' AS NUMERIC(5,2)) AS n", 8114),
        ("SELECT CAST(N'x' AS UNIQUEIDENTIFIER) AS n", 8169),
        ("SELECT CAST(N'2026-13-01' AS DATETIME) AS n", 241),
        ("SELECT Id FROM dbo.T WHERE Name = 5", 245),
        ("SELECT 2147483647 + 1 AS n", 8115),
        ("SELECT 1 AS n WHERE 1", 4145),
        // "Reserved Keywords (Transact-SQL)": near a keyword, the number is 156.
        ("SELECT FROM x", 156),
        // "SELECT - ORDER BY Clause (Transact-SQL)", "WITH common_table_expression (Transact-SQL)".
        ("SELECT DISTINCT Name FROM dbo.T ORDER BY Code", 145),
        ("SELECT n.a FROM (SELECT 1 AS a, 2 AS a) AS n", 8156),
        // "Data type precedence (Transact-SQL)": the text converts to the number.
        ("SELECT 1 + N'x' AS n", 245),
        ("SELECT Id * N'abc' AS n FROM dbo.T", 245),
        // "System stored procedures (Transact-SQL)".
        ("EXEC sp_who", 50000),
        ("SELECT @nothing AS n", 137),
        ("SELECT nothing() AS n", 195),
        ("EXEC sp_nothing", 2812),
        ("SELEC 1", 102),
        ("SELECT 1 AS n LIMIT 1", 102),
        ("SELECT Id FROM dbo.T OFFSET 1 ROWS", 102),
        ("SELECT Id FROM dbo.T ORDER BY Id OFFSET -1 ROWS", 10742),
        ("SELECT Id FROM dbo.T ORDER BY Id OFFSET 0 ROWS FETCH NEXT 0 ROWS ONLY", 10744),
        ("SELECT TOP (1) Id FROM dbo.T ORDER BY Id OFFSET 1 ROWS", 10741),
        ("SELECT n.Id FROM (SELECT Id FROM dbo.T ORDER BY Id) AS n", 1033),
        ("SELECT n.c FROM (SELECT 1) AS n", 8155),
        ("CREATE TABLE dbo.T (n INT)", 2714),
        ("CREATE TABLE dbo.U (n NOTHING)", 2715),
        ("CREATE UNIQUE INDEX UX ON dbo.T (Nothing)", 207),
        ("ALTER TABLE dbo.T ADD x INT NOT NULL", 4901),
        ("ALTER TABLE dbo.T ADD Name INT NULL", 2705),
        ("ALTER TABLE dbo.Nothing ADD x INT NULL", 1088),
        ("DROP TABLE dbo.Nothing", 3701),
        ("CREATE DATABASE Bookstore", 1801),
        ("DROP DATABASE Nothing", 3701),
        ("USE Nothing", 911),
        ("SELECT 1 AS n; THROW 50123, N'Thrown.', 1", 50123),
        ("MERGE INTO dbo.T AS t USING dbo.T AS s ON t.Id = s.Id WHEN MATCHED THEN DELETE;", 50000),
        ("SET QUOTED_IDENTIFIER OFF", 50000),
        ("SELECT 1 AS n; CREATE VIEW dbo.V AS SELECT Id FROM dbo.T", 111),
        ("IF 1 = 1 CREATE VIEW dbo.V AS SELECT Id FROM dbo.T", 156),
    ] {
        assert_eq!(number(run(&mut client, sql).await), expected, "{sql}");
    }
    assert_eq!(int(&mut client, "SELECT COUNT(*) AS n FROM dbo.T").await, Some(2), "no row has changed");
}

#[tokio::test]
async fn unique_index_violation_is_2601_and_names_the_index() {
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, "CREATE TABLE dbo.T (a INT NOT NULL, b NVARCHAR(9) NOT NULL)").await.unwrap();
    run(&mut client, "CREATE UNIQUE INDEX UX_T ON dbo.T (a, b); INSERT INTO dbo.T VALUES (1, N'é')").await.unwrap();
    let refused = run(&mut client, "INSERT INTO dbo.T VALUES (1, N'É ')").await.unwrap_err();
    let tiberius::error::Error::Server(token) = refused else { panic!("{refused:?}") };
    assert_eq!(token.code(), 2601);
    assert!(token.message().contains("'dbo.T' with unique index 'UX_T'"), "{}", token.message());
    run(&mut client, "CREATE TABLE dbo.U (a INT NOT NULL); INSERT INTO dbo.U VALUES (1), (1)").await.unwrap();
    assert_eq!(number(run(&mut client, "CREATE UNIQUE INDEX UX_U ON dbo.U (a)").await), 1505);
}
