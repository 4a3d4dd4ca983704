//! The OpenAPI document and the page that shows it.

use bookstore_db::unavailable_reason::UnavailableReason;
use serde_json::Value;

use crate::client::{Request, get};
use crate::shop::Shop;

async fn document(shop: &Shop) -> Value {
    let response = get("/api/openapi.json").send(shop.addr).await;
    assert_eq!(response.header("content-type"), "application/json");
    response.json()
}

fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let pairs =
        paths.iter().flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (method, path)));
    pairs.map(|(method, path)| (method.to_uppercase(), path.clone())).collect()
}

#[tokio::test]
async fn document_has_every_operation() {
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
async fn every_operation_returns_a_documented_status() {
    let shop = Shop::start().await;
    let document = document(&shop).await;
    for (method, path) in operations(&document) {
        let response = Request::new(&method, &path.replace("{id}", "1")).send(shop.addr).await;
        let named = &document["paths"][&path][method.to_lowercase()]["responses"];
        assert!(
            named[response.status.to_string()].is_object(),
            "{method} {path}: {} is not in {named}",
            response.status
        );
    }
}

#[tokio::test]
async fn every_operation_has_its_own_id_a_tag_and_an_example() {
    let shop = Shop::start().await;
    let document = document(&shop).await;
    let page = get("/api").send(shop.addr).await.body;
    let mut ids = std::collections::BTreeSet::new();
    for (method, path) in operations(&document) {
        let operation = &document["paths"][&path][method.to_lowercase()];
        let id = operation["operationId"].as_str().unwrap().to_owned();
        let (_, example) = page.split_once(&format!("id=\"{id}\"")).unwrap();
        let (_, example) = example.split_once("<pre").unwrap();
        assert!(example.split_once("</pre>").unwrap().0.contains("curl"), "{id}");
        assert!(ids.insert(id) && operation["tags"][0].is_string(), "{operation}");
    }
    assert_eq!(document["servers"][0]["url"], "/");
    let schemas = &document["components"]["schemas"];
    assert!(schemas["BookBody"]["properties"]["requestId"].is_object());
    assert!(
        schemas["BookFields"]["properties"]["requestId"].is_null()
            && schemas["BookFields"]["properties"]["title"].is_object()
    );
    let put = &document["paths"]["/api/v1/books/{id}"]["put"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(put["$ref"], "#/components/schemas/BookFields");
}

#[tokio::test]
async fn every_reference_has_its_schema() {
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
async fn required_fields_are_required_in_the_document() {
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
async fn document_and_page_name_every_reason_of_an_outage() {
    let shop = Shop::start().await;
    let reason = &document(&shop).await["components"]["schemas"]["Problem"]["properties"]["reason"];
    let codes = UnavailableReason::ALL.map(UnavailableReason::code);
    assert_eq!(reason["enum"], serde_json::json!(codes));
    assert_eq!(reason["type"], "string", "it is missing rather than null");
    let page = get("/api").send(shop.addr).await.body;
    for code in codes {
        assert!(page.contains(&format!("<code>{code}</code>")), "{code}");
    }
}

#[tokio::test]
async fn page_shows_every_operation_and_schema() {
    let shop = Shop::start().await;
    let document = document(&shop).await;
    let page = get("/api").send(shop.addr).await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    for (method, path) in operations(&document) {
        assert!(
            page.body.contains(&path) && page.body.contains(&format!("<code class=\"method\">{method}</code>")),
            "{method} {path}"
        );
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(page.body.contains(&format!("id=\"{name}\"")), "{name}");
    }
    assert!(!page.body.contains("<script>") && !page.body.contains("style="), "the policy allows nothing inline");
}
