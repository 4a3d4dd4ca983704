//! The OpenAPI document for programs, and as a page for people. The page reads the very document that programs get, so both say the
//! same.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::openapi::OpenApi;

use crate::layout::{Frame, html};

#[derive(Template)]
#[template(path = "api.html")]
struct DocumentPage<'a> {
    frame: Frame,
    document: &'a Document,
}

/// What the page shows of the document.
#[derive(Deserialize)]
pub(super) struct Document {
    info: Info,
    paths: BTreeMap<String, BTreeMap<String, Operation>>,
    components: Components,
}

#[derive(Deserialize)]
struct Info {
    title: String,
    #[serde(default)]
    description: String,
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    #[serde(default)]
    summary: String,
    #[serde(default)]
    parameters: Vec<Parameter>,
    request_body: Option<Body>,
    responses: BTreeMap<String, Body>,
}

#[derive(Deserialize)]
struct Parameter {
    name: String,
    #[serde(rename = "in")]
    place: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    required: bool,
}

/// A request's or an answer's: its media types and what is in them.
#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    description: String,
    #[serde(default)]
    content: BTreeMap<String, Content>,
}

#[derive(Deserialize)]
struct Content {
    schema: Schema,
}

#[derive(Deserialize)]
struct Components {
    schemas: BTreeMap<String, Schema>,
}

#[derive(Deserialize)]
struct Schema {
    #[serde(rename = "$ref")]
    reference: Option<String>,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    #[serde(default)]
    description: String,
    items: Option<Box<Schema>>,
    #[serde(default)]
    properties: BTreeMap<String, Schema>,
    #[serde(default)]
    required: Vec<String>,
}

/// OpenAPI 3.1 has one type or several: `["string", "null"]`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kind {
    One(String),
    Several(Vec<String>),
}

impl Schema {
    /// The name of the schema that this one only points to.
    fn target(&self) -> Option<&str> {
        let reference = self.items.as_ref().and_then(|items| items.reference.as_ref()).or(self.reference.as_ref())?;
        reference.rsplit('/').next()
    }

    fn kind(&self) -> String {
        match &self.kind {
            Some(Kind::One(kind)) => kind.clone(),
            Some(Kind::Several(kinds)) => kinds.join(" or "),
            None => String::new(),
        }
    }

    fn requires(&self, property: &str) -> bool {
        self.required.iter().any(|name| name == property)
    }
}

/// The document for programs.
pub(super) fn json(openapi: &OpenApi) -> Result<impl IntoResponse + Clone + use<>, Unreadable> {
    let text = openapi.to_json().map_err(|_| Unreadable)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text))
}

/// The document for people, without the frame that depends on the request.
pub(super) fn read(openapi: &OpenApi) -> Result<Arc<Document>, Unreadable> {
    serde_json::to_value(openapi).and_then(serde_json::from_value).map(Arc::new).map_err(|_| Unreadable)
}

/// The page.
pub(super) fn page(frame: Frame, document: &Document) -> Response {
    html(StatusCode::OK, &DocumentPage { frame, document })
}

/// The document has a form that cannot be shown; a test holds that this does not happen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unreadable;

impl IntoResponse for Unreadable {
    fn into_response(self) -> Response {
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}
