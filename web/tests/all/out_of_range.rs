//! Values in the file of the embedded store that another program wrote, and that no column of SQL Server can have.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use tokio::time::timeout;

use crate::client::{Request, get};
use crate::shop::{LIMIT, Shop, emma};

/// Inserts books as another program does. `rows` is a query of id (or NULL), number of reviews, time, version and
/// request id.
fn insert(shop: &Shop, rows: &str) {
    let other = Connection::open(&shop.file).unwrap();
    other
        .create_collation(c"caseless", |left: &str, right: &str| left.to_lowercase().cmp(&right.to_lowercase()))
        .unwrap();
    let no_flags = FunctionFlags::SQLITE_UTF8;
    other.create_scalar_function(c"fold", 1, no_flags, |text| text.get::<String>(0)).unwrap();
    let sql = format!(
        "INSERT INTO Books (Id, AvgCustomerReviews, CreatedOn, Version, RequestId,
             Title, AuthorFirstName, AuthorLastName, Price, BookLanguage, Publisher, CreatedBy)
         SELECT *, 'Odd', 'A', 'B', 100, 'C', 'D', 'other' FROM ({rows})"
    );
    other.execute_batch(&sql).unwrap();
}

#[tokio::test]
async fn values_out_of_range_are_shown_marked_and_can_be_edited() {
    let shop = Shop::start().await;
    insert(&shop, "SELECT NULL, 5000000000, 'yesterday', 6000000000, 'none'");
    for path in ["/", "/books", "/books/9", "/books/9/edit", "/books?sort=AvgCustomerReviews", "/compare", "/books.csv"]
    {
        let page = get(path).send(shop.addr).await;
        assert_eq!(page.status, 200, "{path}: {}", page.body);
    }
    let list = get("/books?sort=Id").send(shop.addr).await.body;
    assert_eq!(list.matches("(has values out of range)").count(), 1, "{list}");
    let page = get("/books/9").send(shop.addr).await.body;
    assert!(page.contains("Another program wrote values") && page.contains("no time recorded"), "{page}");
    let put = Request::new("PUT", "/api/v1/books/9").header("if-match", "\"v2147483647\"").json(&emma());
    let edited = put.send(shop.addr).await;
    assert_eq!((edited.status, &edited.json()["version"]), (200, &1.into()), "{edited:?}");
    assert_eq!(
        Request::new("DELETE", "/api/v1/books/1").header("if-match", "\"v1\"").send(shop.addr).await.status,
        204
    );
}

#[tokio::test]
async fn each_value_out_of_range_marks_its_book() {
    let shop = Shop::start().await;
    for row in [
        "NULL, 5000000000, '2026-01-01 00:00:00.000', 1, '00000000-0000-0000-0000-000000000009'",
        "NULL, 1, 'yesterday', 1, '00000000-0000-0000-0000-000000000010'",
        "NULL, 1, '2026-01-01 00:00:00.000', -6000000000, '00000000-0000-0000-0000-000000000011'",
        "NULL, 1, '2026-01-01 00:00:00.000', 1, 'none'",
        "NULL, 2147483647, '2026-01-01 00:00:00.000', -2147483648, '00000000-0000-0000-0000-000000000013'",
    ] {
        insert(&shop, &format!("SELECT {row}"));
    }
    for (id, is_marked) in [(9, true), (10, true), (11, true), (12, true), (13, false), (1, false)] {
        let page = get(&format!("/books/{id}")).send(shop.addr).await.body;
        assert_eq!(page.contains("Another program wrote values"), is_marked, "{id}: {page}");
    }
}

#[tokio::test]
async fn version_below_the_lowest_can_be_edited_and_deleted() {
    let shop = Shop::start().await;
    insert(
        &shop,
        "SELECT NULL, 1, '2026-01-01 00:00:00.000', -6000000000, 'a' UNION ALL SELECT NULL, 1, '', -6000000000, 'b'",
    );
    let lowest = |method, path| Request::new(method, path).header("if-match", "\"v-2147483648\"");
    let edited = lowest("PUT", "/api/v1/books/9").json(&emma()).send(shop.addr).await;
    assert_eq!((edited.status, &edited.json()["version"]), (200, &(-2_147_483_647).into()), "{edited:?}");
    assert_eq!(lowest("DELETE", "/api/v1/books/10").send(shop.addr).await.status, 204);
}

#[tokio::test]
async fn export_ends_where_ids_are_out_of_range() {
    let shop = Shop::start().await;
    // The first piece of 1,000 books has 992 of them; the rest cannot be named by their ids.
    insert(
        &shop,
        "WITH RECURSIVE Numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM Numbers WHERE n < 2500)
         SELECT 3000000000 + n, 1, '2026-01-01 00:00:00.000', 1, n FROM Numbers",
    );
    let export = timeout(LIMIT, get("/books.csv").send(shop.addr)).await.unwrap();
    assert_eq!((export.status, export.body.matches("\n2147483647,Odd,").count()), (200, 992));
    assert!(!export.body.ends_with("\r\n0\r\n\r\n"), "the export is broken off, not complete");
}

#[tokio::test]
async fn export_has_books_with_ids_below_one() {
    let shop = Shop::start().await;
    insert(&shop, "SELECT -5, 1, '2026-01-01 00:00:00.000', 1, 'a' UNION ALL SELECT 0, 1, '', 1, 'b'");
    let export = get("/books.csv").send(shop.addr).await;
    assert!(export.body.contains("\n-5,Odd,") && export.body.contains("\n0,Odd,"), "{export:?}");
    assert!(export.body.ends_with("\r\n0\r\n\r\n"), "{export:?}");
}
