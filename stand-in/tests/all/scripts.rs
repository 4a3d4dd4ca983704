//! The shop's T-SQL scripts and statements, as batches and by sp_executesql.

use super::client::{connect, create_schema, int, rows, run, server, sql};
use tiberius::Uuid;
use tiberius::numeric::Numeric;
use tiberius::time::time::PrimitiveDateTime;

#[tokio::test]
async fn schema_runs_and_seed_runs_twice() {
    let server = server().await;
    let mut client = connect(&server).await;
    run(&mut client, sql!("admin/journal")).await.unwrap();
    run(&mut client, sql!("admin/journal")).await.unwrap();
    client.execute(sql!("admin/journal_write"), &[&"001_books", &"abc"]).await.unwrap();
    assert_eq!(rows(&mut client, sql!("admin/journal_read")).await[0].get("Name"), Some("001_books"));
    create_schema(&mut client).await;
    for _ in 0..2 {
        run(&mut client, sql!("seed/001_books")).await.unwrap();
    }
    let list = concat!(sql!("queries/list"), sql!("queries/creators"));
    let list = client.query(list, &[&0_i64, &20_i64]).await.unwrap();
    let [_, creators] = &list.into_results().await.unwrap()[..] else { panic!("two result sets") };
    assert_eq!(creators.len(), 1);
    assert_eq!(creators[0].get::<&str, _>("CreatedBy"), Some("sa"));
    assert_eq!(creators[0].get::<i64, _>("Books"), Some(8));
    assert!(creators[0].get::<PrimitiveDateTime, _>("FirstOn").is_some());
    assert_eq!(int(&mut client, sql!("queries/ping")).await, Some(1));
}

#[tokio::test]
async fn book_is_created_once_and_edited_and_deleted_by_version() {
    let server = server().await;
    let mut client = connect(&server).await;
    create_schema(&mut client).await;
    let request = Uuid::from_u128(0x1234_5678_9abc_def0_1122_3344_5566_7788);
    let none: Option<i32> = None;
    for changed in [1, 0] {
        let price = Numeric::new_with_scale(1250, 2);
        let title = "Солярис 🚀";
        let created = client
            .query(sql!("queries/create"), &[&title, &"Stanisław", &"Lem", &none, &price, &"Polish", &"MON", &request])
            .await
            .unwrap()
            .into_first_result()
            .await
            .unwrap();
        assert_eq!(created[0].get::<i32, _>("Changed"), Some(changed));
        assert_eq!(created[0].get::<i32, _>("Id"), Some(1));
        assert_eq!(created[0].get::<&str, _>("Title"), Some(title));
        assert_eq!(created[0].get::<i32, _>("AvgCustomerReviews"), None, "the shop shows NULL as 0");
        assert_eq!(created[0].get::<Numeric, _>("Price").map(|price| (price.value(), price.scale())), Some((1250, 2)));
        assert_eq!(created[0].get::<i32, _>("Version"), Some(1));
        assert_eq!(created[0].get::<Uuid, _>("RequestId"), Some(request));
        assert_eq!(created[0].get::<&str, _>("CreatedBy"), Some("sa"));
    }
    let edit = |version: i32| {
        let price = Numeric::new_with_scale(99, 2);
        let parameters: Vec<Box<dyn tiberius::ToSql>> = vec![
            Box::new("Solaris"),
            Box::new("Stanisław"),
            Box::new("Lem"),
            Box::new(7),
            Box::new(price),
            Box::new("English"),
            Box::new("MON"),
            Box::new(1),
            Box::new(version),
        ];
        parameters
    };
    for changed in [1, 0] {
        let parameters = edit(1);
        let parameters: Vec<&dyn tiberius::ToSql> = parameters.iter().map(|it| &**it).collect();
        let edited = client.query(sql!("queries/edit"), &parameters).await.unwrap().into_first_result().await.unwrap();
        assert_eq!(edited[0].get::<i32, _>("Changed"), Some(changed));
        assert_eq!(edited[0].get::<i32, _>("Version"), Some(2));
        assert_eq!(edited[0].get::<&str, _>("Title"), Some("Solaris"));
    }
    let got = client.query(sql!("queries/get"), &[&1]).await.unwrap().into_first_result().await.unwrap();
    assert_eq!(got[0].get::<i32, _>("AvgCustomerReviews"), Some(7));
    for (version, changed, left) in [(1, 0, Some(1)), (2, 1, None), (2, 0, None)] {
        let gone =
            client.query(sql!("queries/delete"), &[&1, &version]).await.unwrap().into_first_result().await.unwrap();
        assert_eq!(gone[0].get::<i32, _>("Changed"), Some(changed));
        assert_eq!(gone[0].get::<i32, _>("Id"), left);
    }
}

#[tokio::test]
async fn list_and_search_return_all_their_results() {
    let server = server().await;
    let mut client = connect(&server).await;
    create_schema(&mut client).await;
    run(&mut client, sql!("seed/001_books")).await.unwrap();
    let list = concat!(sql!("queries/list"), sql!("queries/creators"));
    let list = client.query(list, &[&2_i64, &3_i64]).await.unwrap().into_results().await.unwrap();
    let ids: Vec<_> = list[0].iter().filter_map(|row| row.get::<i32, _>("Id")).collect();
    assert_eq!(ids, [3, 4, 5]);
    assert_eq!(list[1].len(), 1);
    assert_eq!(list[1][0].get::<i64, _>("Books"), Some(8));
    for (pattern, creator, supplementary, found) in [
        ("%MISÉRABLES%", "", "", 1),
        ("%Лев Т%", "", "", 1),
        ("", "SA", "", 8),
        ("", "webgmsa$", "", 0),
        ("", "", "", 8),
        ("%[_]%", "", "", 0),
        // The default collation ignores the character.
        ("%😀%", "", "", 8),
        ("%😀%", "", "%😀%", 0),
    ] {
        // The other five words are not used.
        let words: [&dyn tiberius::ToSql; 6] = [&pattern, &"", &"", &"", &"", &""];
        let parameters = [&[&0 as &dyn tiberius::ToSql, &10, &creator][..], &words, &[&supplementary]].concat();
        let search = concat!(sql!("queries/search"), sql!("queries/search_count"));
        let search = client.query(search, &parameters).await.unwrap().into_results().await.unwrap();
        assert_eq!(search[1][0].get::<i64, _>("Total"), Some(found), "{pattern} {creator}");
        assert_eq!(search[0].len() as i64, found, "{pattern} {creator}");
    }
}

#[tokio::test]
async fn database_login_and_user_are_created_once() {
    let server = server().await;
    let mut client = connect(&server).await;
    for _ in 0..2 {
        client.execute(sql!("admin/create_database"), &[&"Shop ]of[ ours"]).await.unwrap();
    }
    assert!(int(&mut client, "SELECT DB_ID(N'Shop ]of[ ours') AS id").await.is_some());
    create_schema(&mut client).await;
    for _ in 0..2 {
        client.execute(sql!("admin/grant_login"), &[&"BOOKSTORE\\webgmsa$"]).await.unwrap();
        client.execute(sql!("admin/grant_user"), &[&"BOOKSTORE\\webgmsa$"]).await.unwrap();
    }
    assert_eq!(int(&mut client, "SELECT IS_ROLEMEMBER(N'bookstore_app', N'BOOKSTORE\\webgmsa$') AS n").await, Some(1));
    assert_eq!(int(&mut client, "SELECT IS_ROLEMEMBER(N'bookstore_app', N'nobody') AS n").await, None);
}

#[tokio::test]
async fn demo_table_is_widened_and_keeps_its_rows() {
    let server = server().await;
    let mut client = connect(&server).await;
    let demo = "CREATE TABLE dbo.Books (Id INT IDENTITY(1,1) NOT NULL PRIMARY KEY, Title VARCHAR(50) NOT NULL,
        AuthorFirstName VARCHAR(50) NOT NULL, AuthorLastName VARCHAR(50) NOT NULL, AvgCustomerReviews INT NULL,
        Price NUMERIC(9,2) NULL, BookLanguage VARCHAR(10) NOT NULL, Publisher VARCHAR(255) NOT NULL,
        CreatedBy VARCHAR(255) NOT NULL DEFAULT SUSER_SNAME(), CreatedOn DATETIME NOT NULL DEFAULT GETDATE());
        INSERT INTO dbo.Books (Title, AuthorFirstName, AuthorLastName, BookLanguage, Publisher)
        VALUES ('a', 'b', 'c', 'd', 'e'), ('Лев', 'b', 'c', 'd', 'e')";
    run(&mut client, demo).await.unwrap();
    create_schema(&mut client).await;
    run(&mut client, "UPDATE dbo.Books SET Title = N'Лев' WHERE Id = 1").await.unwrap();
    let books = rows(&mut client, "SELECT Title, Version, RequestId FROM dbo.Books ORDER BY Id").await;
    assert_eq!(books[0].get::<&str, _>(0), Some("Лев"));
    assert_eq!(books[1].get::<&str, _>(0), Some("???"), "varchar cannot store it");
    assert_eq!(books[0].get::<i32, _>(1), Some(1));
    assert_ne!(books[0].get::<Uuid, _>(2), books[1].get::<Uuid, _>(2));
}
