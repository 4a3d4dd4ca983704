//! The JSON API, as a program uses it.

use serde_json::{Value, json};

use crate::client::{Answer, Request, get};
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
fn wrong_field(answer: &Answer) -> String {
    assert_eq!(answer.status, 422, "{answer:?}");
    answer.problem()["errors"][0]["field"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_book_is_made_read_replaced_and_deleted() {
    let shop = Shop::start().await;
    let made = post(&emma()).send(shop.addr).await;
    assert_eq!((made.status, made.header("etag")), (201, "\"v1\""));
    let path = made.header("location");
    let book = get(path).send(shop.addr).await.json();
    assert_eq!(book, made.json());
    assert_eq!((&book["price"], &book["createdBy"], &book["version"]), (&json!("7.50"), &json!("tester"), &json!(1)));
    let edited = put(path, "\"v1\"", &with("price", json!("8"))).send(shop.addr).await;
    assert_eq!((edited.status, edited.header("etag"), &edited.json()["price"]), (200, "\"v2\"", &json!("8.00")));
    let deleted = Request::new("DELETE", path).header("if-match", "\"v2\"").send(shop.addr).await;
    assert_eq!((deleted.status, deleted.body.as_str()), (204, ""));
    let gone = get(path).send(shop.addr).await;
    assert_eq!((gone.status, &gone.problem()["title"]), (404, &json!("Not Found")));
}

#[tokio::test]
async fn an_edit_or_delete_needs_the_version_that_was_seen() {
    let shop = Shop::start().await;
    let path = "/api/v1/books/1";
    for method in ["PUT", "DELETE"] {
        let ask = || Request::new(method, path).json(&emma());
        assert_eq!(ask().send(shop.addr).await.problem()["status"], 428);
        let stale = ask().header("if-match", "\"v7\"").send(shop.addr).await;
        assert_eq!((stale.status, stale.header("etag")), (412, "\"v1\""));
        assert_eq!(stale.problem()["detail"], "Book 1 is at version 1 now; read it again.");
        assert_eq!(
            ask().header("if-match", "W/\"v1\"").send(shop.addr).await.status,
            412,
            "a weak tag names no version"
        );
        assert_eq!(ask().header("if-match", "v1").send(shop.addr).await.status, 412, "a tag has quotes");
    }
    assert_eq!(put(path, "\"v7\", \"v1\"", &emma()).send(shop.addr).await.status, 200);
    assert_eq!(Request::new("DELETE", path).header("if-match", "*").send(shop.addr).await.status, 204);
}

#[tokio::test]
async fn a_book_that_the_client_has_is_not_sent_again() {
    let shop = Shop::start().await;
    let ask = |tag| get("/api/v1/books/1").header("if-none-match", tag);
    let same = ask("\"v1\"").send(shop.addr).await;
    assert_eq!((same.status, same.header("etag"), same.body.as_str()), (304, "\"v1\"", ""));
    assert_eq!(ask("\"v2\"").send(shop.addr).await.status, 200);
}

#[tokio::test]
async fn a_repeated_request_finds_the_book_that_it_made() {
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
async fn a_request_id_is_a_uuid_one_and_only_for_making() {
    let shop = Shop::start().await;
    assert_eq!(wrong_field(&post(&with("requestId", json!("7"))).send(shop.addr).await), "requestId");
    assert_eq!(wrong_field(&post(&emma()).header("idempotency-key", "7").send(shop.addr).await), "requestId");
    let key = "6f1c8b0e-3c7d-4e52-9a51-0d5b1f5a2c11";
    let two = post(&with("requestId", json!(key))).header("idempotency-key", &key.replace('6', "7"));
    assert_eq!(two.send(shop.addr).await.problem()["status"], 400);
    let edit = put("/api/v1/books/1", "\"v1\"", &with("requestId", json!(key)));
    assert_eq!(wrong_field(&edit.send(shop.addr).await), "requestId");
}

#[tokio::test]
async fn every_wrong_field_is_named() {
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
async fn a_price_may_be_a_number_and_is_never_rounded() {
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
async fn what_is_not_json_is_refused_as_a_problem() {
    let shop = Shop::start().await;
    let send = async |kind: &str, body: &str| {
        let request = Request::new("POST", "/api/v1/books").header("content-type", kind).body(body);
        let answer = request.send(shop.addr).await;
        answer.problem();
        answer.status
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
async fn the_list_is_searched_sorted_and_paged() {
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
async fn a_parameter_that_is_unknown_or_wrong_is_refused_by_name() {
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
        let answer = get(&format!("/api/v1/books?{query}")).send(shop.addr).await;
        let detail = answer.problem()["detail"].as_str().unwrap().to_owned();
        assert!(answer.status == 400 && detail.contains(name), "{query}: {detail}");
    }
    let long = get(&format!("/api/v1/books?q={}", "x".repeat(256))).send(shop.addr).await;
    assert_eq!(long.problem()["detail"], "q is longer than 255 characters");
}

#[tokio::test]
async fn what_is_not_there_or_not_allowed_is_a_problem_under_api_only() {
    let shop = Shop::start().await;
    for (path, status) in [("/api/v1/nothing", 404), ("/api/v1/books/99999", 404), ("/api/v1/books/x", 400)] {
        assert_eq!(get(path).send(shop.addr).await.problem()["status"], status, "{path}");
    }
    // A number that no column could hold names no book, as any other that is not there.
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
async fn the_identity_is_the_databases_word() {
    let shop = Shop::start().await;
    let identity = get("/api/v1/identity").send(shop.addr).await.json();
    assert_eq!((&identity["login"], &identity["authScheme"]), (&json!("tester"), &json!("EMBEDDED")));
    assert_eq!((&identity["encryption"], &identity["clientAddress"]), (&json!("notApplicable"), &Value::Null));
    assert_eq!((&identity["warnings"], &identity["reachable"]), (&json!(["embedded"]), &json!(true)));
    assert_eq!((&identity["credentials"]["source"], &identity["pool"]["max"]), (&json!("none"), &json!(4)));
    assert!(identity["since"].as_str().is_some_and(|since| since.ends_with('Z')), "{identity}");
}
