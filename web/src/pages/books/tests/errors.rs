//! Requests that are refused, and text that must not become markup.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Request, StatusCode};

use super::shop::{ID, Shop, emma};

#[tokio::test]
async fn every_error_is_a_page_with_a_link_back() {
    let shop = Shop::open();
    let form = "application/x-www-form-urlencoded";
    let post = |kind: &str, body: String| {
        Request::post("/books/new")
            .header("host", "localhost")
            .header(CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap()
    };
    let other = |method, path: &str| {
        Request::builder().method(method).uri(path).header("host", "localhost").body(Body::empty()).unwrap()
    };
    let cases = [
        (other(Method::GET, "/nowhere"), 404),
        (other(Method::GET, "/books/0"), 404),
        (other(Method::GET, "/books/first"), 404),
        (other(Method::GET, "/books/99999999999"), 404),
        (other(Method::PUT, "/books"), 405),
        (post(form, "Title=a&Title=b".into()), 400),
        (post(form, format!("Title={}", "x".repeat(3 << 20))), 413),
        (post("application/json", "{}".into()), 415),
    ];
    for (request, status) in cases {
        let what = format!("{} {}", request.method(), request.uri());
        let answer = shop.send(request).await;
        assert_eq!(answer.status.as_u16(), status, "{what}");
        assert_eq!(answer.headers[CONTENT_TYPE], "text/html; charset=utf-8", "{what}");
        assert!(answer.body.contains("href=\"/books\"") && answer.body.contains("simulation"), "{what}");
    }
}

#[tokio::test]
async fn error_page_offers_the_same_address_and_the_evidence() {
    let page = Shop::open().get("/books/4711?list=q%3Da").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(
        page.body.contains("href=\"/books/4711?list=q%3Da\"") && page.body.contains("href=\"/identity\""),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn form_that_is_not_utf_8_is_400() {
    let shop = Shop::open();
    let form = "Application/X-WWW-Form-URLEncoded; charset=UTF-8";
    for (body, status) in [("Title=%FF", 400), ("%C3=a", 400), ("Title=%C3%A9", 422)] {
        let request = Request::post("/books/new")
            .header("host", "localhost")
            .header(CONTENT_TYPE, form)
            .body(Body::from(body))
            .unwrap();
        assert_eq!(shop.send(request).await.status.as_u16(), status, "{body}");
    }
}

#[tokio::test]
async fn markup_in_a_book_is_escaped_on_every_page() {
    let shop = Shop::open();
    let evil = "</title><script>alert('x')</script>";
    let fields = [("RequestId", ID), ("Title", evil), ("Publisher", "\"><img src=x onerror=alert(1)>")];
    assert_eq!(shop.post("/books/new", &emma(&fields)).await.status, StatusCode::SEE_OTHER);
    for path in ["/", "/books", "/books?q=%3Cscript%3E", "/books/9", "/books/9/edit", "/books/9/delete"] {
        let body = shop.get(path).await.body;
        assert!(!body.contains("<script>alert") && !body.contains("<img"), "{path}");
    }
}
