//! The API's description of itself, for programs and for people.

use serde_json::Value;

use crate::client::{Request, get};
use crate::shop::Shop;

async fn document(shop: &Shop) -> Value {
    let answer = get("/api/openapi.json").send(shop.addr).await;
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let pairs =
        paths.iter().flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (method, path)));
    pairs.map(|(method, path)| (method.to_uppercase(), path.clone())).collect()
}

#[tokio::test]
async fn the_document_has_every_operation_of_the_api() {
    let document = document(&Shop::start().await).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    let mut operations = operations(&document);
    operations.sort();
    let expected = [
        ("DELETE", "/api/v1/books/{id}"),
        ("GET", "/api/v1/books"),
        ("GET", "/api/v1/books/{id}"),
        ("GET", "/api/v1/identity"),
        ("POST", "/api/v1/books"),
        ("PUT", "/api/v1/books/{id}"),
    ];
    assert_eq!(operations, expected.map(|(method, path)| (method.to_owned(), path.to_owned())));
}

#[tokio::test]
async fn every_operation_answers_with_a_status_that_the_document_names() {
    let shop = Shop::start().await;
    let document = document(&shop).await;
    for (method, path) in operations(&document) {
        let answer = Request::new(&method, &path.replace("{id}", "1")).send(shop.addr).await;
        let named = &document["paths"][&path][method.to_lowercase()]["responses"];
        assert!(named[answer.status.to_string()].is_object(), "{method} {path}: {} is not in {named}", answer.status);
    }
}

#[tokio::test]
async fn every_reference_in_the_document_has_its_schema() {
    let document = document(&Shop::start().await).await;
    let mut open = vec![&document];
    let mut references = 0;
    while let Some(value) = open.pop() {
        if let Some(reference) = value["$ref"].as_str() {
            references += 1;
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
        match value {
            Value::Object(fields) => open.extend(fields.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    assert!(references > 0);
}

#[tokio::test]
async fn all_that_a_client_must_send_is_required_in_the_document() {
    let document = document(&Shop::start().await).await;
    let body = &document["components"]["schemas"]["BookBody"];
    let mut required: Vec<_> = body["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    required.sort_unstable();
    let all =
        ["authorFirstName", "authorLastName", "avgCustomerReviews", "bookLanguage", "price", "publisher", "title"];
    assert_eq!(required, all);
    assert_eq!(body["additionalProperties"], false);
}

#[tokio::test]
async fn the_page_shows_every_operation_and_every_schema_with_nothing_inline() {
    let shop = Shop::start().await;
    let document = document(&shop).await;
    let page = get("/api").send(shop.addr).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    for (method, path) in operations(&document) {
        assert!(page.body.contains(&path) && page.body.contains(&format!("<code>{method}</code>")), "{method} {path}");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.body.contains(&format!("id=\"{name}\"")), "{name}");
    }
    assert!(!page.body.contains("<script>") && !page.body.contains("style="), "the policy allows nothing inline");
}
