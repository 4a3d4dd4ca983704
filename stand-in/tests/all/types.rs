//! Types: each value round-trips in its declared type.

use super::client::{config, connect, connect_with, create_schema, rows, run, server};
use tiberius::numeric::Numeric;
use tiberius::time::time::{Date, PrimitiveDateTime, Time};
use tiberius::{ColumnType, ToSql, Uuid};

const TABLE: &str =
    "CREATE TABLE dbo.T (Id INT NOT NULL PRIMARY KEY, b BIT NULL, t TINYINT NULL, s SMALLINT NULL, i INT NULL,
    l BIGINT NULL, n NUMERIC(18,4) NULL, f FLOAT NULL, r REAL NULL, c NVARCHAR(20) NULL, m NVARCHAR(MAX) NULL,
    v VARCHAR(20) NULL, x VARBINARY(8) NULL, y VARBINARY(MAX) NULL, d DATE NULL, h TIME(7) NULL, e DATETIME NULL,
    e2 DATETIME2(7) NULL, g UNIQUEIDENTIFIER NULL)";

#[tokio::test]
async fn every_type_round_trips() {
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, TABLE).await.unwrap();
    let long = "Ж🚀".repeat(5000);
    let bytes = vec![7_u8; 9000];
    let date = Date::from_ordinal_date(2026, 59).unwrap();
    let time = Time::from_hms_nano(23, 59, 59, 123_456_700).unwrap();
    let rounded = PrimitiveDateTime::new(date, Time::from_hms_milli(12, 34, 56, 790).unwrap());
    let precise = PrimitiveDateTime::new(date, time);
    let price = Numeric::new_with_scale(-123_456, 4);
    let guid = Uuid::from_u128(0x0011_2233_4455_6677_8899_aabb_ccdd_eeff);
    let small: &[u8] = &[0, 1, 255];
    let values: [&dyn ToSql; 18] = [
        &true,
        &255_u8,
        &-32_768_i16,
        &i32::MIN,
        &i64::MAX,
        &price,
        &1.5e300,
        &1.25_f32,
        &"Ünï🚀",
        &long,
        &"é€",
        &small,
        &bytes,
        &date,
        &time,
        &rounded,
        &precise,
        &guid,
    ];
    let placeholders: Vec<_> = (1..=values.len()).map(|n| format!("@P{n}")).collect();
    let insert = format!("INSERT INTO dbo.T VALUES (1, {})", placeholders.join(", "));
    assert_eq!(client.execute(insert, &values).await.unwrap().total(), 1);
    let row = rows(&mut client, "SELECT * FROM dbo.T").await.remove(0);
    assert_eq!(row.get::<bool, _>("b"), Some(true));
    assert_eq!(row.get::<u8, _>("t"), Some(255));
    assert_eq!(row.get::<i16, _>("s"), Some(-32_768));
    assert_eq!(row.get::<i32, _>("i"), Some(i32::MIN));
    assert_eq!(row.get::<i64, _>("l"), Some(i64::MAX));
    assert_eq!(row.get::<Numeric, _>("n").map(|n| (n.value(), n.scale())), Some((-123_456, 4)));
    assert_eq!(row.get::<f64, _>("f"), Some(1.5e300));
    assert_eq!(row.get::<f32, _>("r"), Some(1.25));
    assert_eq!(row.get::<&str, _>("c"), Some("Ünï🚀"));
    assert_eq!(row.get::<&str, _>("m"), Some(long.as_str()));
    assert_eq!(row.get::<&str, _>("v"), Some("é€"));
    assert_eq!(row.get::<&[u8], _>("x"), Some(small));
    assert_eq!(row.get::<&[u8], _>("y"), Some(bytes.as_slice()));
    assert_eq!(row.get::<Date, _>("d"), Some(date));
    assert_eq!(row.get::<Time, _>("h"), Some(time));
    assert_eq!(row.get::<PrimitiveDateTime, _>("e2"), Some(precise));
    assert_eq!(row.get::<Uuid, _>("g"), Some(guid));
    let difference = row.get::<PrimitiveDateTime, _>("e").unwrap() - rounded;
    assert!(difference.whole_milliseconds().abs() <= 2, "datetime counts in 1/300 s");
}

#[tokio::test]
async fn null_keeps_the_type_of_its_column() {
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, TABLE).await.unwrap();
    run(&mut client, "INSERT INTO dbo.T (Id) VALUES (1)").await.unwrap();
    let row = rows(&mut client, "SELECT * FROM dbo.T").await.remove(0);
    let types: Vec<_> = row.columns().iter().map(tiberius::Column::column_type).collect();
    assert_eq!(
        types,
        [
            ColumnType::Int4,
            ColumnType::Bitn,
            ColumnType::Int1,
            ColumnType::Int2,
            ColumnType::Int4,
            ColumnType::Int8,
            ColumnType::Numericn,
            ColumnType::Float8,
            ColumnType::Float4,
            ColumnType::NVarchar,
            ColumnType::NVarchar,
            ColumnType::BigVarChar,
            ColumnType::BigVarBin,
            ColumnType::BigVarBin,
            ColumnType::Daten,
            ColumnType::Timen,
            ColumnType::Datetimen,
            ColumnType::Datetime2,
            ColumnType::Guid,
        ]
    );
    assert_eq!(row.get::<i32, _>(0), Some(1));
    assert_eq!(row.get::<&str, _>("c"), None);
    assert_eq!(row.get::<Uuid, _>("g"), None);
    assert_eq!(row.get::<Numeric, _>("n").map(|n| n.value()), None);
    let (text, number): (Option<&str>, Option<i64>) = (None, None);
    let sql = "SELECT @P1 AS a, @P2 AS b, NULL AS c, COALESCE(@P2, 5) AS d";
    let row = client.query(sql, &[&text, &number]).await.unwrap().into_row().await.unwrap().unwrap();
    assert_eq!((row.get::<&str, _>(0), row.get::<i64, _>(1), row.get::<i32, _>(2)), (None, None, None));
    assert_eq!(row.get::<i64, _>(3), Some(5), "the type is that of the parameter, not of the literal");
}

#[tokio::test]
async fn decimals_sort_and_add_as_numbers() {
    let server = server().await;
    let mut client = connect(&server).await;
    run(
        &mut client,
        "CREATE TABLE dbo.P (p NUMERIC(9,2) NULL); INSERT INTO dbo.P VALUES (9.99), (10), (-1.5), (NULL), (100.005)",
    )
    .await
    .unwrap();
    let found = rows(&mut client, "SELECT p FROM dbo.P WHERE p > -1.50 ORDER BY p DESC").await;
    let values: Vec<_> = found.iter().filter_map(|row| row.get::<Numeric, _>(0)).map(|n| n.value()).collect();
    assert_eq!(values, [10_001, 1000, 999]);
    let sums =
        rows(&mut client, "SELECT SUM(p) AS s, AVG(p) AS a, COALESCE(MIN(p), 0) AS m FROM dbo.P").await.remove(0);
    assert_eq!(sums.get::<Numeric, _>(0).map(|n| (n.value(), n.scale())), Some((11_850, 2)));
    assert_eq!(sums.get::<Numeric, _>(1).map(|n| (n.value(), n.scale())), Some((29_625_000, 6)));
    assert_eq!(sums.get::<Numeric, _>(2).map(|n| n.value()), Some(-150));
}

#[tokio::test]
async fn ten_thousand_rows_arrive_in_the_smallest_packets() {
    let server = server().await;
    let mut config = config(&server);
    config.packet_size(512);
    let mut client = connect_with(&server, config).await.unwrap();
    create_schema(&mut client).await;
    let digits = "(VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9))";
    let fill = format!(
        "INSERT INTO dbo.BookEntries (Title, AuthorFirstName, AuthorLastName, Price, BookLanguage, Publisher)
         SELECT N'Title ' + CAST(a.n * 1000 + b.n * 100 + c.n * 10 + d.n AS NVARCHAR(9)), N'Ф', N'🚀', a.n + 0.25,
             N'x', N'y'
         FROM {digits} AS a (n) CROSS JOIN {digits} AS b (n) CROSS JOIN {digits} AS c (n) CROSS JOIN {digits} AS d (n)"
    );
    run(&mut client, &fill).await.unwrap();
    let found = rows(&mut client, "SELECT * FROM dbo.Books ORDER BY Id").await;
    assert_eq!(found.len(), 10_000);
    for (n, row) in found.iter().enumerate() {
        assert_eq!(row.get::<&str, _>("Title"), Some(format!("Title {n}").as_str()));
        assert_eq!(row.get::<&str, _>("AuthorLastName"), Some("🚀"));
    }
}
