//! The OpenAPI document. Each operation is described beside its handler; a test compares the document with `routes.rs`.

use std::sync::LazyLock;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa::openapi::{Content, OpenApi as OpenApiDocument, Ref, RefOr, Schema};

use super::{books, identity};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bookstore",
        description = "The books that the shop's pages show. Errors are application/problem+json (RFC 9457). Every \
            response has an x-request-id; send one to find your request in the logs."
    ),
    servers((url = "/", description = "The shop that serves this document")),
    tags(
        (name = "books", description = "The books and the logins that created them"),
        (name = "identity", description = "The login that the shop uses")
    ),
    // The shop has no accounts: everybody may do everything, as on its pages.
    security(()),
    paths(books::list, books::create, books::read, books::replace, books::delete, identity::read)
)]
struct ApiDoc;

/// The document.
pub(crate) fn document() -> OpenApiDocument {
    let mut document = ApiDoc::openapi();
    add_body_of_replace(&mut document);
    document
}

/// Both bodies are parsed alike, since a request id in an edit is an error that explains itself. The document has two
/// schemas: only a new book has a request id.
fn add_body_of_replace(document: &mut OpenApiDocument) {
    const NAME: &str = "BookFields";
    let Some(components) = &mut document.components else { return };
    let Some(RefOr::T(Schema::Object(body))) = components.schemas.get("BookBody") else { return };
    let mut fields = body.clone();
    fields.properties.remove("requestId");
    fields.description = Some("The fields of a book, all required.".to_owned());
    components.schemas.insert(NAME.to_owned(), RefOr::T(Schema::Object(fields)));
    let replace = document.paths.paths.get_mut("/api/v1/books/{id}").and_then(|item| item.put.as_mut());
    if let Some(RefOr::T(body)) = replace.and_then(|put| put.request_body.as_mut()) {
        for content in body.content.values_mut() {
            *content = RefOr::T(Content::new(Some(Ref::from_schema_name(NAME))));
        }
    }
}

/// `/api/openapi.json`.
pub(crate) async fn json() -> Response {
    static JSON: LazyLock<Option<String>> = LazyLock::new(|| document().to_json().ok());
    match &*JSON {
        Some(text) => ([(header::CONTENT_TYPE, "application/json")], text.as_str()).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
