//! `/api`: the OpenAPI document as a page. The page reads the same document that programs get.

mod examples;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::api::openapi;
use crate::http::error::HandlerError;
use crate::http::rendered_page::html;
use crate::view::layout::PageContext;

#[derive(Template)]
#[template(path = "api.html")]
struct ApiDocsPage<'a> {
    context: PageContext,
    document: &'a Document,
}

pub(crate) async fn show(context: PageContext) -> Result<Response, HandlerError> {
    /// Read once: it cannot change while the program runs. None if it has a form that the page cannot show.
    static DOCUMENT: LazyLock<Option<Document>> =
        LazyLock::new(|| serde_json::to_value(openapi::document()).and_then(serde_json::from_value).ok());
    let document = DOCUMENT.as_ref().ok_or(HandlerError::Request(StatusCode::INTERNAL_SERVER_ERROR))?;
    Ok(html(StatusCode::OK, &ApiDocsPage { context, document }))
}

/// The parts of the document that the page shows.
#[derive(Deserialize)]
struct Document {
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
    operation_id: String,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Vec<Parameter>,
    request_body: Option<Body>,
    responses: BTreeMap<String, Body>,
}

#[derive(Deserialize)]
struct Parameter {
    name: String,
    #[serde(rename = "in")]
    location: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    required: bool,
    schema: Option<Schema>,
}

/// The body of a request or a response: its media types and their schemas.
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
    /// The values that are allowed, if the document lists them.
    #[serde(default, rename = "enum")]
    values: Vec<String>,
}

/// OpenAPI 3.1 has one type or several: `["string", "null"]`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Kind {
    One(String),
    Several(Vec<String>),
}

impl Operation {
    /// A request and its response, for a newcomer.
    fn example(&self) -> &'static str {
        examples::of(&self.operation_id)
    }
}

impl Parameter {
    fn values(&self) -> &[String] {
        self.schema.as_ref().map_or(&[], |schema| &schema.values)
    }
}

impl Schema {
    /// The name of the schema that this one refers to.
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
