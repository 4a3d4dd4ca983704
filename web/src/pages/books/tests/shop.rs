//! The shop's routes on a new embedded store, and the fields of its forms.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::Response;
use bookstore_db::book::{Field, FieldKind};
use bookstore_db::store::Store;
use bookstore_db::switch::Switch;
use form_urlencoded::Serializer;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::config::Config;
use crate::routes;
use crate::state::AppState;

/// The routes on a new store with the eight sample books.
pub(super) struct Shop {
    router: Router,
    /// The file of its store.
    pub(super) file: PathBuf,
    _folder: TempDir,
}

pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// The names and values of the inputs of the page's last form.
    pub(super) fn inputs(&self) -> Vec<(String, String)> {
        let form = self.body.rsplit("<form").next().unwrap();
        let attribute = |tag: &str, name: &str| {
            let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
            Some(rest.split('"').next()?.replace("&#38;", "&").replace("&#39;", "'").replace("&#34;", "\""))
        };
        let inputs = form.split("<input").skip(1);
        inputs.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))).collect()
    }

    /// The value of a hidden field.
    pub(super) fn hidden(&self, name: &str) -> String {
        let mark = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.body.split_once(&mark).unwrap_or_else(|| panic!("no {name} in {}", self.body));
        rest.split_once('"').unwrap().0.to_owned()
    }
}

impl Shop {
    pub(super) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("books.db");
        let text = format!(r"Server=(embedded);AttachDbFilename={};User Id=BOOKSTORE\webgmsa$", file.display());
        let store = Store::open(&text.parse().unwrap()).unwrap();
        Self {
            router: routes::shop(Arc::new(AppState::new(Switch::new(store), 8)), &Config::read(|_| None).unwrap()),
            file,
            _folder: folder,
        }
    }

    /// The response to a GET request, whose body has not been read.
    pub(super) async fn respond(&self, path: &str) -> Response {
        self.router.clone().oneshot(get(path)).await.unwrap()
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = String::from_utf8(to_bytes(body, 1 << 22).await.unwrap().into()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.send(get(path)).await
    }

    pub(super) async fn post(&self, path: &str, fields: &[(impl AsRef<str>, impl AsRef<str>)]) -> Answer {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let request =
            Request::post(path).header("host", "localhost").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(body)).unwrap()).await
    }
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).header("host", "localhost").body(Body::empty()).unwrap()
}

/// The fields of a valid form, with `extra` added or in place of them.
pub(super) fn emma(extra: &[(&str, &str)]) -> Vec<(String, String)> {
    let text = |field: Field| match field {
        Field::Title => "Emma",
        Field::BookLanguage => "English",
        _ => match field.kind() {
            FieldKind::Text(_) => "Jane Austen",
            FieldKind::Count => "12",
            FieldKind::Price => "9.90",
        },
    };
    let is_replaced = |name: &str| extra.iter().any(|(other, _)| *other == name);
    let fields = Field::ALL.map(|field| (field.to_string(), text(field).to_owned())).into_iter();
    let extra = extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    fields.filter(|(name, _)| !is_replaced(name)).chain(extra).collect()
}

/// The request id of a form.
pub(super) const ID: &str = "6f9619ff-8b86-4d11-b42d-00c04fc964ff";

/// The fields of an edit that started from a book, as the page of the form sends them.
pub(super) fn edit_from(base: &Answer, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let base = base.inputs();
    let change =
        |name: &String| changes.iter().find(|(changed, _)| changed == name).map(|(_, text)| (*text).to_owned());
    base.into_iter().map(|(name, value)| (name.clone(), change(&name).unwrap_or(value))).collect()
}
