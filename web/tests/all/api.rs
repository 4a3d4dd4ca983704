//! The JSON API: books, versions, repeated requests, validation, errors, the identity.

use serde_json::{Value, json};

use crate::client::{Request, Response, get};
use crate::shop::{Shop, emma, post};

fn put(path: &str, tag: &str, book: &Value) -> Request {
    Request::new("PUT", path).header("if-match", tag).json(book)
}

fn with(field: &str, value: Value) -> Value {
    let mut book = emma();
    book[field] = value;
    book
}

/// The one field that a 422 names.
fn wrong_field(response: &Response) -> String {
    assert_eq!(response.status, 422, "{response:?}");
    response.problem()["errors"][0]["field"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn book_is_created_read_replaced_and_deleted() {
    let shop = Shop::start().await;
    let created = post(&emma()).send(shop.addr).await;
    assert_eq!((created.status, created.header("etag")), (201, "\"v1\""));
    let path = created.header("location");
    let book = get(path).send(shop.addr).await.json();
    assert_eq!(book, created.json());
    assert_eq!((&book["price"], &book["createdBy"], &book["version"]), (&json!("7.50"), &json!("tester"), &json!(1)));
    let edited = put(path, "\"v1\"", &with("price", json!("8"))).send(shop.addr).await;
    assert_eq!((edited.status, edited.header("etag"), &edited.json()["price"]), (200, "\"v2\"", &json!("8.00")));
    let deleted = Request::new("DELETE", path).header("if-match", "\"v2\"").send(shop.addr).await;
    assert_eq!((deleted.status, deleted.body.as_str()), (204, ""));
    let gone = get(path).send(shop.addr).await;
    assert_eq!((gone.status, &gone.problem()["title"]), (404, &json!("Not Found")));
}

#[tokio::test]
async fn edit_and_delete_require_the_current_version() {
    let shop = Shop::start().await;
    let path = "/api/v1/books/1";
    for method in ["PUT", "DELETE"] {
        let request = || Request::new(method, path).json(&emma());
        assert_eq!(request().send(shop.addr).await.problem()["status"], 428);
        let stale = request().header("if-match", "\"v7\"").send(shop.addr).await;
        assert_eq!((stale.status, stale.header("etag")), (412, "\"v1\""));
        assert_eq!(stale.problem()["detail"], "Book 1 is at version 1 now; read it again.");
        assert_eq!(
            request().header("if-match", "W/\"v1\"").send(shop.addr).await.status,
            412,
            "a weak tag is not a version"
        );
        assert_eq!(request().header("if-match", "v1").send(shop.addr).await.status, 412, "a tag has quotes");
    }
    assert_eq!(put(path, "\"v7\", \"v1\"", &emma()).send(shop.addr).await.status, 200);
    assert_eq!(Request::new("DELETE", path).header("if-match", "*").send(shop.addr).await.status, 204);
}

#[tokio::test]
async fn unchanged_book_is_304() {
    let shop = Shop::start().await;
    let request = |tag| get("/api/v1/books/1").header("if-none-match", tag);
    let same = request("\"v1\"").send(shop.addr).await;
    assert_eq!((same.status, same.header("etag"), same.body.as_str()), (304, "\"v1\"", ""));
    assert_eq!(request("\"v2\"").send(shop.addr).await.status, 200);
}

#[tokio::test]
async fn repeated_request_returns_its_book() {
    let shop = Shop::start().await;
    let key = "6f1c8b0e-3c7d-4e52-9a51-0d5b1f5a2c11";
    let first = post(&emma()).header("idempotency-key", key).send(shop.addr).await;
    for again in [
        post(&emma()).header("idempotency-key", &format!("\"{key}\"")),
        post(&with("requestId", json!(key))),
        post(&with("requestId", json!(key))).header("idempotency-key", key),
    ] {
        let again = again.send(shop.addr).await;
        assert_eq!((again.status, again.json()), (201, first.json()));
    }
    let other = post(&with("title", json!("Persuasion"))).header("idempotency-key", key).send(shop.addr).await;
    assert_eq!((other.problem()["status"].as_u64(), other.header("location")), (Some(409), first.header("location")));
}

#[tokio::test]
async fn request_id_is_one_uuid_and_only_for_creating() {
    let shop = Shop::start().await;
    assert_eq!(wrong_field(&post(&with("requestId", json!("7"))).send(shop.addr).await), "requestId");
    assert_eq!(wrong_field(&post(&emma()).header("idempotency-key", "7").send(shop.addr).await), "requestId");
    let key = "6f1c8b0e-3c7d-4e52-9a51-0d5b1f5a2c11";
    let two = post(&with("requestId", json!(key))).header("idempotency-key", &key.replace('6', "7"));
    assert_eq!(two.send(shop.addr).await.problem()["status"], 400);
    let headers = post(&emma()).header("idempotency-key", key).header("idempotency-key", key);
    assert_eq!(headers.send(shop.addr).await.problem()["status"], 400);
    let edit = put("/api/v1/books/1", "\"v1\"", &with("requestId", json!(key)));
    assert_eq!(wrong_field(&edit.send(shop.addr).await), "requestId");
}

#[tokio::test]
async fn every_invalid_field_is_reported() {
    let shop = Shop::start().await;
    let problem = post(&json!({ "price": "1.234", "avgCustomerReviews": -1 })).send(shop.addr).await.problem();
    let fields: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|error| &error["field"]).collect();
    let all =
        ["title", "authorFirstName", "authorLastName", "avgCustomerReviews", "price", "bookLanguage", "publisher"];
    assert_eq!(fields, all);
    for (field, value) in [
        ("title", json!(7)),
        ("createdBy", json!("sa")),
        ("avgCustomerReviews", json!(1.5)),
        ("publisher", Value::Null),
    ] {
        assert_eq!(wrong_field(&post(&with(field, value)).send(shop.addr).await), field);
    }
}

#[tokio::test]
async fn price_may_be_a_number_and_is_never_rounded() {
    let shop = Shop::start().await;
    let price = async |text: &str| {
        let body = emma().to_string().replace("\"7.50\"", text);
        let request = Request::new("POST", "/api/v1/books").header("content-type", "application/json").body(&body);
        request.send(shop.addr).await
    };
    assert_eq!(price("1234567.89").await.json()["price"], "1234567.89");
    for refused in ["1e2", "0.30000000000000004", "true", "-1"] {
        assert_eq!(wrong_field(&price(refused).await), "price", "{refused}");
    }
}

#[tokio::test]
async fn body_that_is_not_json_is_a_problem() {
    let shop = Shop::start().await;
    let send = async |kind: &str, body: &str| {
        let request = Request::new("POST", "/api/v1/books").header("content-type", kind).body(body);
        let response = request.send(shop.addr).await;
        response.problem();
        response.status
    };
    for broken in ["{", "", "{} {}", "title=Emma"] {
        assert_eq!(send("application/json", broken).await, 400, "{broken}");
    }
    assert_eq!(send("application/json", "[]").await, 422);
    assert_eq!(send("application/json; charset=utf-8", "{}").await, 422);
    for kind in ["application/x-www-form-urlencoded", "text/json", ""] {
        assert_eq!(send(kind, "{}").await, 415, "{kind}");
    }
}

#[tokio::test]
async fn list_is_searched_sorted_and_paged() {
    let shop = Shop::start().await;
    let list = get("/api/v1/books?q=austen&sort=title&dir=desc&page=1&size=1").send(shop.addr).await.json();
    assert_eq!(
        (&list["page"], &list["pageSize"], list["books"].as_array().map(Vec::len)),
        (&json!(1), &json!(1), Some(1))
    );
    assert_eq!(list["books"][0]["authorLastName"], "Austen");
    let sorted = async |sort: &str| get(&format!("/api/v1/books?sort={sort}")).send(shop.addr).await.json();
    assert_eq!(sorted("AuthorLastName").await, sorted("authorLastName").await);
    let all = get("/api/v1/books").send(shop.addr).await.json();
    assert_eq!((&all["total"], &all["creators"][0]["books"]), (&json!(8), &json!(8)));
    let none = get("/api/v1/books?creator=nobody").send(shop.addr).await.json();
    assert_eq!((&none["total"], &none["books"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn unknown_or_invalid_parameter_is_reported_by_name() {
    let shop = Shop::start().await;
    for (query, name) in [
        ("colour=red", "colour"),
        ("sort=Title;DROP", "sort"),
        ("dir=up", "dir"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("size=101", "size"),
        ("size=-1", "size"),
    ] {
        let response = get(&format!("/api/v1/books?{query}")).send(shop.addr).await;
        let detail = response.problem()["detail"].as_str().unwrap().to_owned();
        assert!(response.status == 400 && detail.contains(name), "{query}: {detail}");
    }
    let long = get(&format!("/api/v1/books?q={}", "x".repeat(256))).send(shop.addr).await;
    assert_eq!(long.problem()["detail"], "q is longer than 255 characters");
}

#[tokio::test]
async fn errors_are_problems_under_api_and_pages_elsewhere() {
    let shop = Shop::start().await;
    for (path, status) in [("/api/v1/nothing", 404), ("/api/v1/books/99999", 404), ("/api/v1/books/x", 400)] {
        assert_eq!(get(path).send(shop.addr).await.problem()["status"], status, "{path}");
    }
    // A number out of the column's range is not found, as any other unknown id.
    for id in ["2147483648", "-2147483649", "99999999999999999999999", "-1", "0"] {
        for prefix in ["/api/v1/books", "/books"] {
            assert_eq!(get(&format!("{prefix}/{id}")).send(shop.addr).await.status, 404, "{prefix}/{id}");
        }
    }
    let patch = Request::new("PATCH", "/api/v1/books/1").send(shop.addr).await;
    assert_eq!((patch.problem()["status"].as_u64(), patch.header("allow")), (Some(405), "GET,HEAD,PUT,DELETE"));
    assert_ne!(get("/nothing").send(shop.addr).await.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn identity_is_what_the_database_reports() {
    let shop = Shop::start().await;
    let identity = get("/api/v1/identity").send(shop.addr).await.json();
    assert_eq!((&identity["login"], &identity["authScheme"]), (&json!("tester"), &json!("EMBEDDED")));
    assert_eq!((&identity["encryption"], &identity["clientAddress"]), (&json!("notApplicable"), &Value::Null));
    assert_eq!((&identity["warnings"], &identity["reachable"]), (&json!(["embedded"]), &json!(true)));
    assert_eq!((&identity["credentials"]["source"], &identity["pool"]["max"]), (&json!("none"), &json!(4)));
    assert!(identity["since"].as_str().is_some_and(|since| since.ends_with('Z')), "{identity}");
}
