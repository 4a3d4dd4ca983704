//! T-SQL: results.

use super::client::{connect, int, number, rows, run, server};

#[tokio::test]
async fn like_supports_wildcards_and_ignores_case() {
    let server = server().await;
    let mut client = connect(&server).await;
    for (text, pattern, matches) in [
        ("Moby-Dick", "%DICK", true),
        ("Moby-Dick", "m_by%", true),
        ("Moby-Dick", "[a-n]oby%", true),
        ("Moby-Dick", "[^a-n]oby%", false),
        ("100% sure", "%\\% s%", true),
        ("1000 sure", "%\\% s%", false),
        ("a_b", "a\\_b", true),
        ("axb", "a\\_b", false),
        ("a[b]", "a\\[b]", true),
        // "LIKE (Transact-SQL)", wildcard characters as literals.
        ("100% sure", "%[%] s%", true),
        ("1000 sure", "%[%] s%", false),
        ("a_b", "a[_]b", true),
        ("axb", "a[_]b", false),
        ("a[b]", "a[[]b]", true),
        ("a]b", "a]b", true),
        // The same page: an escape inside brackets makes ^, - and ] literal.
        ("a]b", "a[\\]]b", true),
        ("a^b", "a[\\^x]b", true),
        ("ayb", "a[\\^x]b", false),
        ("abc", "a[a\\-c]c", false),
        ("a-c", "a[a\\-c]c", true),
        ("a[", "a[", false),
        ("a\\", "a\\", false),
        ("ВОЙНА", "вой%", true),
        // "Collation and Unicode support": without supplementary characters, _ is one UTF-16 unit.
        ("a🚀b", "a_b", false),
        ("a🚀b", "a__b", true),
        ("", "", true),
        ("x", "", false),
    ] {
        let sql = "SELECT CASE WHEN @P1 LIKE @P2 ESCAPE N'\\' THEN 1 ELSE 0 END AS n";
        let row = client.query(sql, &[&text, &pattern]).await.unwrap().into_row().await.unwrap().unwrap();
        assert_eq!(row.get::<i32, _>(0), Some(i32::from(matches)), "{text} LIKE {pattern}");
    }
}

#[tokio::test]
async fn expressions_have_the_expected_values() {
    let server = server().await;
    let mut client = connect(&server).await;
    for (expression, expected) in [
        ("CASE WHEN N'Straße' = N'STRAßE  ' THEN 'same' ELSE 'other' END", "same"),
        ("CAST(7 / 2 AS VARCHAR(9))", "3"),
        ("CAST(7.0 / 2 AS VARCHAR(19))", "3.500000"),
        ("CAST(1.50 + 2 AS VARCHAR(9))", "3.50"),
        ("CAST(1.5 * 1.5 AS VARCHAR(9))", "2.25"),
        ("CAST(-0.05 AS VARCHAR(9))", "-0.05"),
        ("CAST(CAST(2.345 AS NUMERIC(9,2)) AS VARCHAR(9))", "2.35"),
        ("CAST(LEN(N'🚀a  ') AS VARCHAR(9))", "3"),
        ("CAST(N'abcdef' AS NVARCHAR(3))", "abc"),
        ("CONVERT(VARCHAR(30), CAST('2026-02-08T13:05:59.997' AS DATETIME))", "Feb  8 2026  1:05PM"),
        ("CONVERT(VARCHAR(30), CAST('2026-02-28 23:59:59.99' AS DATETIME2(2)))", "2026-02-28 23:59:59.99"),
        ("ISNULL(NULL, N'x')", "x"),
        ("COALESCE(NULLIF(N'a', N'A'), N'b')", "b"),
        ("IIF(1 < 2, 'yes', 'no')", "yes"),
        ("CONCAT(N'a', NULL, 1)", "a1"),
        ("UPPER(N'éa') + LOWER(N'ÉA')", "ÉAéa"),
        ("SUBSTRING(N'abcdef', 2, 3) + LEFT(N'xyz', 1) + RIGHT(N'xyz', 1)", "bcdxz"),
        ("LTRIM(RTRIM(N'  a  ')) + TRIM(N' b ')", "ab"),
        ("QUOTENAME(N'a]b')", "[a]]b]"),
        (
            "CASE WHEN EXISTS (SELECT 1) AND 3 BETWEEN 1 AND 3 AND 2 IN (1, 2) AND NOT 1 IN (SELECT 2) THEN 'yes' END",
            "yes",
        ),
        (
            "CAST(DATEDIFF(SECOND, '2026-01-01 00:00:00.999', CAST('2026-01-01 00:01:00.001' AS DATETIME)) AS \
             VARCHAR(9))",
            "60",
        ),
        ("CAST(DATEDIFF_BIG(MICROSECOND, '2026-01-01', '2026-02-01') AS VARCHAR(20))", "2678400000000"),
        ("CAST(DATEDIFF(day, '2026-01-02', '2026-01-01 23:59') AS VARCHAR(9))", "-1"),
        ("CAST(DATEDIFF(MINUTE, '2026-01-01 10:59:59', '2026-01-01 11:00:00') AS VARCHAR(9))", "1"),
        ("CONVERT(VARCHAR(30), DATEADD(HOUR, -2, CAST('2026-01-01 01:30' AS DATETIME2(0))))", "2025-12-31 23:30:00"),
        ("CONVERT(VARCHAR(30), DATEADD(SECOND, 90, '2026-01-01 01:30:00'))", "Jan  1 2026  1:31AM"),
        ("USER_NAME() + N' ' + DB_NAME()", "dbo Bookstore"),
    ] {
        let row = rows(&mut client, &format!("SELECT {expression} AS v")).await.remove(0);
        assert_eq!(row.get::<&str, _>(0), Some(expected), "{expression}");
    }
}

#[tokio::test]
async fn queries_join_group_rank_and_union() {
    let server = server().await;
    let mut client = connect(&server).await;
    let sql = "WITH v (g, n) AS (SELECT x.g, x.n FROM (VALUES (N'a', 1), (N'A', 2), (N'b', 3)) AS x (g, n))
        SELECT TOP (2) v.g, SUM(v.n) AS s, MAX(v.n) AS m, AVG(v.n) AS a, COUNT(DISTINCT v.n) AS d,
            ROW_NUMBER() OVER (ORDER BY v.g) AS r
        FROM v LEFT JOIN (SELECT 3 AS k) AS o ON o.k = v.n GROUP BY v.g HAVING COUNT(*) > 0 ORDER BY v.g DESC";
    let found = rows(&mut client, sql).await;
    assert_eq!(found.len(), 2, "a and A are in one group");
    assert_eq!((found[0].get::<&str, _>(0), found[0].get::<i32, _>(1)), (Some("b"), Some(3)));
    assert_eq!((found[1].get::<i32, _>(1), found[1].get::<i32, _>(3)), (Some(3), Some(1)));
    let found = rows(&mut client, "SELECT 1 AS n UNION ALL SELECT 2.5 UNION SELECT 1 ORDER BY n").await;
    assert_eq!(found.len(), 2);
}

#[tokio::test]
async fn output_returns_the_written_rows() {
    let server = server().await;
    let mut client = connect(&server).await;
    let table = "CREATE TABLE dbo.T (Id INT IDENTITY(1,1) NOT NULL PRIMARY KEY, n INT NOT NULL, g UNIQUEIDENTIFIER \
        NOT NULL DEFAULT NEWID())";
    run(&mut client, table).await.unwrap();
    let created =
        rows(&mut client, "INSERT INTO dbo.T (n) OUTPUT inserted.Id, inserted.n, inserted.g VALUES (5), (6)").await;
    assert_eq!(created.len(), 2);
    assert_eq!(created[1].get::<i32, _>(0), Some(2));
    assert!(created[0].get::<tiberius::Uuid, _>(2) != created[1].get::<tiberius::Uuid, _>(2));
    assert_eq!(int(&mut client, "UPDATE dbo.T SET n = n + 1 OUTPUT inserted.n WHERE Id = 2").await, Some(7));
    assert_eq!(int(&mut client, "DELETE FROM dbo.T OUTPUT deleted.n WHERE Id = 2").await, Some(7));
    assert_eq!(client.execute("DELETE FROM dbo.T", &[]).await.unwrap().total(), 1);
}

#[tokio::test]
async fn procedural_statements_run_in_order() {
    let server = server().await;
    let mut client = connect(&server).await;
    let sql = "DECLARE @n INT = 0, @s NVARCHAR(100) = N'';
        WHILE @n < 3 BEGIN SET @n = @n + 1; IF @n = 2 SET @s = @s + N'two' ELSE SET @s = @s + N'.'; END
        BEGIN TRY SELECT 1 / 0 AS n; END TRY
        BEGIN CATCH SET @s = @s + CAST(ERROR_NUMBER() AS NVARCHAR(9)); END CATCH
        SELECT @n = x.n + 10 FROM (SELECT 5 AS n) AS x;
        SELECT @n AS n, @s AS s;
        IF @n = 15 RETURN
        SELECT 99 AS never";
    let results = client.simple_query(sql).await.unwrap().into_results().await.unwrap();
    let last = &results.last().unwrap()[0];
    assert_eq!((last.get::<i32, _>(0), last.get::<&str, _>(1)), (Some(15), Some(".two.8134")));
}

#[tokio::test]
async fn statements_nested_too_deeply_are_refused() {
    let server = server().await;
    let mut client = connect(&server).await;
    let long = |separator: &str, times: usize| format!("SELECT 1 AS n WHERE 1 = {}", vec!["1"; times].join(separator));
    assert_eq!(int(&mut client, &long(" * ", 120)).await, Some(1));
    for sql in [long(" * ", 50_000), long(" OR 1 = ", 50_000), vec!["SELECT 1 AS n"; 9000].join(" UNION ALL ")] {
        assert_eq!(number(run(&mut client, &sql).await), 191);
    }
    for (open, close) in [("(", ")"), ("BEGIN ", " SELECT 1 AS n END")] {
        let sql = format!("{}1{}", open.repeat(9000), close.repeat(9000));
        assert!([102, 191].contains(&number(run(&mut client, &format!("PRINT {sql}")).await)));
        assert!([102, 191].contains(&number(run(&mut client, &sql).await)));
    }
}

#[tokio::test]
async fn batch_with_a_syntax_error_does_not_run_at_all() {
    let server = server().await;
    let mut client = connect(&server).await;
    assert_eq!(number(run(&mut client, "CREATE TABLE dbo.T (n INT); FROM SELECT").await), 156);
    assert_eq!(int(&mut client, "SELECT OBJECT_ID(N'dbo.T') AS n").await, None);
    run(&mut client, "CREATE TABLE dbo.T (n INT); DROP TABLE IF EXISTS dbo.T, dbo.U").await.unwrap();
    assert_eq!(int(&mut client, "SELECT OBJECT_ID(N'[dbo].[T]', N'U') AS n").await, None);
}

#[tokio::test]
async fn catalog_views_report_what_was_declared() {
    let server = server().await;
    let mut client = connect(&server).await;
    let table = "CREATE TABLE dbo.T (Id INT IDENTITY NOT NULL PRIMARY KEY, Name NVARCHAR(7) NULL, Price DECIMAL(9,2) \
        NOT NULL DEFAULT 1)";
    run(&mut client, table).await.unwrap();
    run(&mut client, "CREATE VIEW dbo.V AS SELECT Name FROM dbo.T").await.unwrap();
    let sql = "SELECT COLUMN_NAME, DATA_TYPE, IS_NULLABLE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION
        FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = N't' ORDER BY ORDINAL_POSITION";
    let found = rows(&mut client, sql).await;
    let names: Vec<_> =
        found.iter().map(|row| (row.get::<&str, _>(0).unwrap(), row.get::<&str, _>(1).unwrap())).collect();
    assert_eq!(names, [("Id", "int"), ("Name", "nvarchar"), ("Price", "numeric")]);
    assert_eq!((found[1].get::<&str, _>(2), found[1].get::<i32, _>(3)), (Some("YES"), Some(7)));
    assert_eq!(found[2].get::<u8, _>(4), Some(9));
    for (sql, expected) in [
        ("SELECT COUNT(*) AS n FROM sys.tables WHERE name = N'T'", 1),
        ("SELECT COUNT(*) AS n FROM sys.views", 1),
        ("SELECT COUNT(*) AS n FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = N'VIEW'", 1),
        ("SELECT COUNT(*) AS n FROM sys.columns WHERE object_id = OBJECT_ID(N'dbo.T')", 3),
        ("SELECT COUNT(*) AS n FROM sys.databases WHERE name IN (N'master', N'bookstore')", 2),
        ("SELECT DISTINCT COUNT(*) OVER () AS n FROM (VALUES (1), (1)) AS v (x) ORDER BY 1", 2),
        ("SELECT CASE WHEN 0x0AFF = CAST(N'' AS VARBINARY(2)) THEN 1 ELSE 0 END AS n", 0),
        ("SELECT (SELECT MAX(v.x) FROM (VALUES (4), (7)) AS v (x)) AS n", 7),
        ("SELECT LEN(N'it''s') AS n", 4),
        ("DECLARE @a INT = 3, @b INT; SET @b = @a * 2; SELECT @b AS n", 6),
    ] {
        assert_eq!(int(&mut client, sql).await, Some(expected), "{sql}");
    }
}

#[tokio::test]
async fn set_options_and_use_end_with_their_dynamic_sql() {
    // "SET statements (Transact-SQL)", Remarks; "sp_executesql (Transact-SQL)", Remarks.
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, "CREATE TABLE dbo.T (n INT NOT NULL PRIMARY KEY); INSERT INTO dbo.T VALUES (1)").await.unwrap();
    for set in ["EXEC (N'SET XACT_ABORT ON')", "EXEC sp_executesql N'SET XACT_ABORT ON'"] {
        run(&mut client, set).await.unwrap();
    }
    client.execute("SET XACT_ABORT ON", &[]).await.unwrap();
    let batch = "BEGIN TRAN; INSERT INTO dbo.T VALUES (1); SELECT @@TRANCOUNT AS n";
    assert_eq!(number(run(&mut client, batch).await), 2627);
    assert_eq!(int(&mut client, "SELECT @@TRANCOUNT AS n; ROLLBACK").await, Some(1), "the option was restored");
    client.execute("USE master", &[]).await.unwrap();
    assert_eq!(int(&mut client, "SELECT COUNT(*) AS n FROM dbo.T").await, Some(1), "the database was restored");
}

#[tokio::test]
async fn sp_executesql_runs_inside_a_batch() {
    let server = server().await;
    let mut client = connect(&server).await;
    let sql = "EXEC sp_executesql N'SELECT @a + @b AS n', N'@a INT, @b INT', @b = 40, @a = 2";
    assert_eq!(int(&mut client, sql).await, Some(42));
}

#[tokio::test]
async fn setup_of_common_clients_is_accepted() {
    // pymssql and tedious send these after the login; the values are the defaults.
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, "SET TEXTSIZE 2147483647; SET DATEFIRST 7").await.unwrap();
    assert_eq!(number(run(&mut client, "SET DATEFIRST 1").await), 50000);
}
