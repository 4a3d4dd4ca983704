//! Creating, editing and deleting: a form is applied once, and its entries are never lost.

use axum::body::to_bytes;
use axum::http::StatusCode;
use bookstore_db::book::{BookId, Field, RequestId};
use bookstore_db::draft::BookInput;
use bookstore_db::error::Error;
use bookstore_db::identity::LoginState;

use super::super::form::{FormAction, FormPage, FormView};
use super::super::query::ListQuery;
use super::shop::{ID, Shop, emma};
use crate::http::error::HandlerError;
use crate::view::layout::{PageContext, Section};

#[tokio::test]
async fn form_that_is_sent_twice_creates_one_book() {
    let shop = Shop::open();
    let first = shop.post("/books/new", &emma(&[("RequestId", ID)])).await;
    let second = shop.post("/books/new", &emma(&[("RequestId", ID)])).await;
    assert_eq!((first.status, first.location()), (StatusCode::SEE_OTHER, "/books/9?saved=created"));
    assert_eq!(second.location(), first.location());
    assert!(shop.get("/books").await.body.contains("9 books"));
}

#[tokio::test]
async fn reused_form_with_other_entries_links_to_its_first_book() {
    let shop = Shop::open();
    shop.post("/books/new", &emma(&[("RequestId", ID)])).await;
    let other = shop.post("/books/new", &emma(&[("RequestId", ID), ("Title", "Persuasion")])).await;
    assert_eq!(other.status, StatusCode::CONFLICT);
    assert!(other.body.contains("/books/9\"") && other.body.contains("value=\"Persuasion\""));
    assert_ne!(other.hidden("RequestId"), ID);
}

#[tokio::test]
async fn form_without_a_request_id_is_shown_again_with_one() {
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
async fn invalid_field_is_reported_and_entries_are_kept() {
    let shop = Shop::open();
    let answer = shop.post("/books/new", &emma(&[("RequestId", ID), ("Price", "a \"lot\"")])).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.body.contains("href=\"#Price\"") && answer.body.contains("aria-describedby=\"Price-error\""));
    assert!(answer.body.contains("value=\"a &#34;lot&#34;\"") && answer.body.contains("value=\"Emma\""));
    assert_eq!(answer.hidden("RequestId"), ID);
}

#[tokio::test]
async fn link_never_deletes() {
    let shop = Shop::open();
    assert_eq!(shop.get("/Home/Delete/1").await.location(), "/books/1/delete");
    assert_eq!(shop.get("/books/1/delete").await.status, StatusCode::OK);
    assert_eq!(shop.get("/books/1").await.status, StatusCode::OK);
}

#[tokio::test]
async fn deleted_book_can_be_added_again_from_the_notice() {
    let shop = Shop::open();
    let form = shop.get("/books/1/delete").await;
    let deleted = shop.post("/books/1/delete", &form.inputs()).await;
    let list = shop.get(deleted.location()).await.body;
    let again = list.split('"').find(|part| part.starts_with("/books/new?Title=")).unwrap().replace("&#38;", "&");
    let form = shop.get(&again).await;
    let added = shop.post("/books/new", &form.inputs()).await;
    assert_eq!(added.location(), "/books/9?saved=created");
    let page = shop.get(added.location()).await.body;
    assert!(page.contains("The database recorded it as created by") && page.contains("Pride and Prejudice"));
}

#[tokio::test]
async fn form_is_kept_when_the_database_fails() {
    let id = RequestId::random();
    let input = BookInput::default().with(Field::Title, "Emma");
    let edit = FormAction::Edit { id: BookId(7), version: 3, base: Some(BookInput::default()) };
    for action in [FormAction::Create(id), edit] {
        let failure = HandlerError::from(Error::Unavailable("10.0.0.7 refused".into()));
        let nobody = LoginState { identity: None, since: None, outage: None };
        let context = PageContext::new(&nobody, Section::Books);
        let carried = match &action {
            FormAction::Create(id) => format!("name=\"RequestId\" value=\"{id}\""),
            FormAction::Edit { .. } => "name=\"Version\" value=\"3\"".to_owned(),
        };
        let form = FormView::new(action, &ListQuery::default(), &input, &[]);
        let response = FormPage::store_failed(context, form, failure);
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        let body = String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().into()).unwrap();
        assert!(body.contains("value=\"Emma\"") && !body.contains("10.0.0.7"));
        assert!(body.contains(&carried) && body.contains("href=\"/identity\""));
    }
}
