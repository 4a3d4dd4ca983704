//! From text to documents: YAML of several documents, or JSON; lists of objects are taken apart.

use serde_json::Value;
use serde_saphyr::{DuplicateKeyPolicy, Options};

use super::{Finding, Place, Source};
use crate::credential_spec::lint::Severity;

/// How deep a document may be.
const MAX_DEPTH: usize = 64;
/// How many documents a file may hold.
const MAX_DOCUMENTS: usize = 1000;
/// How many nodes aliases may add up to, and how long what they repeat may be in bytes: aliases of aliases grow without end.
const MAX_REPEATED: usize = 4000;
const MAX_ANCHORED: usize = 16 * 1024;

/// One object of a file.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) file: String,
    /// From 1.
    pub(super) number: usize,
    pub(super) value: Value,
}

impl Document {
    /// A place in it.
    pub(super) fn place(&self, field: impl Into<String>) -> Place {
        let object = [self.kind(), self.name()].join(" ").trim().to_owned();
        Place { file: self.file.clone(), document: self.number, object, field: field.into() }
    }

    pub(super) fn kind(&self) -> &str {
        self.text("/kind").unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.text("/metadata/name").unwrap_or_default()
    }

    /// The namespace, if the file says which: `kubectl -n` may say it too.
    pub(super) fn namespace(&self) -> Option<&str> {
        self.text("/metadata/namespace")
    }

    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.value.pointer(pointer)?.as_str()
    }
}

/// The documents of a file, empty ones aside.
///
/// # Errors
/// A finding that says where it is no YAML, or more than is read.
pub(super) fn parse(source: &Source) -> Result<Vec<Document>, Box<Finding>> {
    let values = match serde_json::from_str(&source.text) {
        Ok(value) => vec![value],
        Err(_) => yaml(source)?,
    };
    let documents = values.into_iter().enumerate().filter(|(_, value)| !value.is_null());
    Ok(documents
        .flat_map(|(at, value)| apart(value).into_iter().map(move |value| (at + 1, value)))
        .map(|(number, value)| Document { file: source.name.clone(), number, value })
        .collect())
}

fn yaml(source: &Source) -> Result<Vec<Value>, Box<Finding>> {
    serde_saphyr::from_multiple_with_options(&source.text, options()).map_err(|error| {
        let place = Place { file: source.name.clone(), document: 1, ..Place::default() };
        let what = format!("it cannot be read: {}", error);
        let (why, fix) = ("what is not read is not checked, and kubectl may refuse it".into(), "YAML or JSON".into());
        Box::new(Finding { severity: Severity::Broken, row: None, place, what, why, fix })
    })
}

fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_documents: MAX_DOCUMENTS,
            max_anchors: MAX_REPEATED,
            max_aliases: MAX_REPEATED,
            max_recorded_anchor_bytes: MAX_ANCHORED,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MAX_REPEATED },
        duplicate_keys: DuplicateKeyPolicy::Error,
        strict_booleans: true,
        // A manifest may be a Secret.
        with_snippet: false,
    }
}

/// A `List` is its items.
fn apart(mut value: Value) -> Vec<Value> {
    let is_list = value.get("kind").and_then(Value::as_str).is_some_and(|kind| kind == "List");
    match value.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) if is_list => items,
        Some(items) => {
            value["items"] = items;
            vec![value]
        }
        None => vec![value],
    }
}
