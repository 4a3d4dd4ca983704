//! The objects of a file, found as kubectl finds them: a file that starts with `{` is JSON, and lists are unpacked.

use serde_json::Value;

use super::files::SourceFile;
use super::finding::{Finding, FindingPosition};
use super::{parser, sources};

/// One object of a file.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) file: String,
    /// The document in the file, from 1; all items of a list have the number of the list.
    pub(super) number: usize,
    pub(super) encoding: Encoding,
    pub(super) value: Value,
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Yaml,
    Json,
    /// JSON in UTF-16, or with a byte order mark: kubectl reads it, Docker and ECS do not.
    MarkedJson,
}

impl Document {
    /// A position in it.
    pub(super) fn position(&self, field: impl Into<String>) -> FindingPosition {
        FindingPosition { file: self.file.clone(), document: self.number, object: self.object(), field: field.into() }
    }

    /// Kind and name, like `Deployment bookstore-web`.
    pub(super) fn object(&self) -> String {
        [self.kind(), self.name()].join(" ").trim().to_owned()
    }

    pub(super) fn api_version(&self) -> &str {
        self.text("/apiVersion").unwrap_or_default()
    }

    /// The API group; empty for the core group.
    pub(super) fn group(&self) -> &str {
        self.api_version().split_once('/').map_or("", |(group, _)| group)
    }

    pub(super) fn kind(&self) -> &str {
        self.text("/kind").unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.text("/metadata/name").unwrap_or_default()
    }

    /// The namespace, if the file names one; otherwise `kubectl -n` decides.
    pub(super) fn namespace(&self) -> Option<&str> {
        self.text("/metadata/namespace")
    }

    pub(super) fn text(&self, pointer: &str) -> Option<&str> {
        self.value.pointer(pointer)?.as_str()
    }

    /// The items of a list; empty if there is none.
    pub(super) fn list(&self, pointer: &str) -> &[Value] {
        self.value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}

/// The objects of a file without empty documents, and a finding if the file cannot be read or gives a key twice.
pub(super) fn parse(source: &SourceFile) -> (Vec<Document>, Option<Finding>) {
    let is_json = is_named_json(source) || source.text.trim_start().starts_with('{');
    let parsed =
        if is_json { parser::json(&source.text).map(|values| (values, None)) } else { parser::yaml(&source.text) };
    let (values, duplicate) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return (Vec::new(), Some(unreadable(source, &error, is_json))),
    };
    let encoding = match (is_json, source.has_byte_order_mark) {
        (false, _) => Encoding::Yaml,
        (true, false) => Encoding::Json,
        (true, true) => Encoding::MarkedJson,
    };
    let mut documents = Vec::new();
    for (at, value) in values.into_iter().enumerate() {
        unpack(value, &mut |value| {
            documents.push(Document { file: source.name.clone(), number: at + 1, encoding, value });
        });
    }
    let finding = duplicate.map(|what| {
        let position = FindingPosition { file: source.name.clone(), document: 1, ..FindingPosition::default() };
        Finding::warning(
            position,
            what,
            "kubectl uses the last of the values and does not report the others",
            "one of them",
        )
    });
    (documents, finding)
}

fn is_named_json(source: &SourceFile) -> bool {
    source.name.to_ascii_lowercase().ends_with(".json")
}

fn unreadable(source: &SourceFile, error: &str, is_json: bool) -> Finding {
    if source.text.contains("{{") {
        let what = format!("this looks like a template, not like a manifest: {error}");
        return *Finding::unreadable(&source.name, what, &sources::render_template(&source.name));
    }
    let fix = match is_json {
        true => "strict JSON: names in double quotes, no comments, no comma after the last item",
        false => "valid YAML or JSON",
    };
    let reader = match (is_json, is_named_json(source)) {
        (false, _) => "not valid YAML",
        (true, true) => "not valid JSON",
        (true, false) => "it starts with `{`, so kubectl reads it as JSON, and it is not valid JSON",
    };
    *Finding::unreadable(&source.name, format!("{reader}: {error}"), fix)
}

/// Calls `take` for the items of a list, or for the value itself. Items without a kind have that of the list:
/// `DeploymentList`.
fn unpack(mut value: Value, take: &mut impl FnMut(Value)) {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, version) = (text(&value, "kind"), text(&value, "apiVersion"));
    let Some(item_kind) = kind.strip_suffix("List") else {
        if !value.is_null() {
            take(value);
        }
        return;
    };
    match value.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => {
            for mut item in items {
                if let Some(object) = item.as_object_mut()
                    && !item_kind.is_empty()
                {
                    object.entry("kind").or_insert_with(|| item_kind.into());
                    object.entry("apiVersion").or_insert_with(|| version.as_str().into());
                }
                unpack(item, take);
            }
        }
        Some(items) => {
            value["items"] = items;
            take(value);
        }
        None => take(value),
    }
}
