//! The pages over the embedded store, without a network: what each request is answered with.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use bookstore_db::book::{BookId, RequestId};
use bookstore_db::draft::BookInput;
use bookstore_db::error::Error;
use bookstore_db::identity::LoginState;
use bookstore_db::store::Store;
use bookstore_db::switch::Switch;
use form_urlencoded::Serializer;
use tempfile::TempDir;
use tower::ServiceExt;

use super::form::{FormPage, Target};
use crate::app::AppState;
use crate::config::Config;
use crate::error::Failure;
use crate::identity::IdentityLine;
use crate::layout::{Frame, Section};
use crate::routes;

/// The pages on a store of their own, with the eight seeded books.
struct Shop {
    router: Router,
    _place: TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a hidden field.
    fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.body.split_once(&mark).unwrap_or_else(|| panic!("no {name} in {}", self.body));
        rest.split_once('"').unwrap().0.to_owned()
    }
}

impl Shop {
    fn open() -> Self {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("books.db");
        let text = format!(r"Server=(embedded);AttachDbFilename={};User Id=BOOKSTORE\webgmsa$", file.display());
        let store = Store::open(&text.parse().unwrap()).unwrap();
        Self {
            router: routes::shop(AppState::new(Switch::new(store), 8), &Config::read(|_| None).unwrap()),
            _place: place,
        }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(to_bytes(body, 1 << 22).await.unwrap().into()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }
}

fn emma<'a>(extra: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let fields = [
        ("Title", "Emma"),
        ("AuthorFirstName", "Jane"),
        ("AuthorLastName", "Austen"),
        ("AvgCustomerReviews", "12"),
        ("Price", "9.90"),
        ("BookLanguage", "English"),
        ("Publisher", "John Murray"),
    ];
    let replaced = |name: &str| extra.iter().any(|(other, _)| *other == name);
    fields.into_iter().filter(|(name, _)| !replaced(name)).chain(extra.iter().copied()).collect()
}

const ID: &str = "6f9619ff-8b86-4d11-b42d-00c04fc964ff";

#[tokio::test]
async fn a_form_that_is_sent_twice_makes_one_book() {
    let shop = Shop::open();
    let first = shop.post("/books/new", &emma(&[("RequestId", ID)])).await;
    let second = shop.post("/books/new", &emma(&[("RequestId", ID)])).await;
    assert_eq!((first.status, first.location()), (StatusCode::SEE_OTHER, "/books/9?saved=created"));
    assert_eq!(second.location(), first.location());
    assert!(shop.get("/books").await.body.contains("9 books"));
}

#[tokio::test]
async fn a_used_form_with_another_text_names_the_book_it_made() {
    let shop = Shop::open();
    shop.post("/books/new", &emma(&[("RequestId", ID)])).await;
    let other = shop.post("/books/new", &emma(&[("RequestId", ID), ("Title", "Persuasion")])).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert!(other.body.contains("/books/9\"") && other.body.contains("value=\"Persuasion\""));
    assert_ne!(other.hidden("RequestId"), ID);
}

#[tokio::test]
async fn a_form_without_a_request_id_comes_back_with_one() {
    let shop = Shop::open();
    for extra in [vec![], vec![("RequestId", "not-an-id")]] {
        let answer = shop.post("/books/new", &emma(&extra)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("value=\"Emma\""));
        answer.hidden("RequestId").parse::<RequestId>().unwrap();
    }
    assert!(shop.get("/books").await.body.contains("8 books"));
}

#[tokio::test]
async fn a_broken_field_is_named_and_the_input_is_kept() {
    let shop = Shop::open();
    let answer = shop.post("/books/new", &emma(&[("RequestId", ID), ("Price", "a \"lot\"")])).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("href=\"#Price\"") && answer.body.contains("aria-describedby=\"Price-error\""));
    assert!(answer.body.contains("value=\"a &#34;lot&#34;\"") && answer.body.contains("value=\"Emma\""));
    assert_eq!(answer.hidden("RequestId"), ID);
}

#[tokio::test]
async fn an_edit_of_an_old_version_shows_both_and_keeps_either() {
    let shop = Shop::open();
    let theirs = shop.post("/books/1/edit", &emma(&[("Version", "1")])).await;
    assert_eq!(theirs.location(), "/books/1?saved=edited");
    let mine = shop.post("/books/1/edit", &emma(&[("Version", "1"), ("Title", "Mine")])).await;
    assert_eq!(mine.status, StatusCode::CONFLICT);
    assert!(mine.body.contains("Emma") && mine.body.contains("Mine"));
    assert_eq!(mine.body.matches("class=\"mark\"").count(), 1);
    let kept = shop.post("/books/1/edit", &emma(&[("Version", &mine.hidden("Version")), ("Title", "Mine")])).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_edit_that_names_no_version_overwrites_nothing() {
    let shop = Shop::open();
    for extra in [vec![], vec![("Version", "latest")]] {
        assert_eq!(shop.post("/books/1/edit", &emma(&extra)).await.status, StatusCode::CONFLICT);
    }
    assert!(shop.get("/books/1").await.body.contains("Pride and Prejudice"));
}

#[tokio::test]
async fn what_was_written_about_a_deleted_book_can_become_a_new_one() {
    let shop = Shop::open();
    let deleted = shop.post("/books/1/delete", &[("Version", "1")]).await;
    assert_eq!(deleted.location(), "/books?saved=deleted");
    let late = shop.post("/books/1/edit", &emma(&[("Version", "1")])).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
    assert!(late.body.contains("action=\"/books/new\"") && late.body.contains("value=\"Emma\""));
    late.hidden("RequestId").parse::<RequestId>().unwrap();
}

#[tokio::test]
async fn a_delete_of_a_changed_book_asks_again() {
    let shop = Shop::open();
    shop.post("/books/1/edit", &emma(&[("Version", "1")])).await;
    let answer = shop.post("/books/1/delete", &emma(&[("Version", "1"), ("Price", "1.00")])).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.body.contains("Delete it anyway") && answer.body.matches("class=\"mark\"").count() == 1);
    let anyway = shop.post("/books/1/delete", &[("Version", &answer.hidden("Version"))]).await;
    assert_eq!(anyway.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_link_never_deletes() {
    let shop = Shop::open();
    assert_eq!(shop.get("/Home/Delete/1").await.location(), "/books/1/delete");
    assert_eq!(shop.get("/books/1/delete").await.status, StatusCode::OK);
    assert_eq!(shop.get("/books/1").await.status, StatusCode::OK);
}

#[tokio::test]
async fn markup_in_a_book_is_text_on_every_page() {
    let shop = Shop::open();
    let evil = "</title><script>alert('x')</script>";
    let fields = [("RequestId", ID), ("Title", evil), ("Publisher", "\"><img src=x onerror=alert(1)>")];
    assert_eq!(shop.post("/books/new", &emma(&fields)).await.status, StatusCode::SEE_OTHER);
    for path in ["/", "/books", "/books?q=%3Cscript%3E", "/books/9", "/books/9/edit", "/books/9/delete"] {
        let body = shop.get(path).await.body;
        assert!(!body.contains("<script>alert") && !body.contains("<img"), "{path}");
    }
}

#[tokio::test]
async fn a_page_past_the_last_leads_to_the_last() {
    let answer = Shop::open().get("/books?size=3&page=99&sort=Title").await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/books?sort=Title&page=3&size=3"));
}

#[tokio::test]
async fn every_error_is_a_page_with_a_way_back() {
    let shop = Shop::open();
    let form = "application/x-www-form-urlencoded";
    let post = |kind: &str, body: String| {
        Request::post("/books/new").header(CONTENT_TYPE, kind).body(Body::from(body)).unwrap()
    };
    let other = |method, path: &str| Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
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
async fn a_form_that_the_database_could_not_take_is_kept_to_be_sent_again() {
    let id = RequestId::random();
    let input = BookInput { title: "Emma".into(), ..BookInput::default() };
    for target in [Target::New(id), Target::Edit(BookId(7), 3)] {
        let failure = Failure::from(Error::Unavailable("10.0.0.7 refused".into()));
        let nobody = LoginState { identity: None, since: None, away: None };
        let frame = Frame { section: Section::Books, identity: IdentityLine::of(&nobody) };
        let response = FormPage::failed(frame, target, &input, failure);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let body = String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().into()).unwrap();
        assert!(body.contains("value=\"Emma\"") && !body.contains("10.0.0.7"));
        let carried =
            if matches!(target, Target::New(_)) { id.to_string() } else { "name=\"Version\" value=\"3\"".into() };
        assert!(body.contains(&carried));
    }
}

#[tokio::test]
async fn a_head_request_is_answered_as_a_get_without_its_body() {
    let request = Request::head("/books").body(Body::empty()).unwrap();
    let answer = Shop::open().send(request).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
}
