//! Kinds, versions and fields that the API server refuses: it decodes strictly.

use serde_json::Value;

use super::misplaced;
use crate::preflight::documents::Document;
use crate::preflight::finding::Finding;
use crate::preflight::objects::RBAC_GROUP;
use crate::preflight::schema::{self, SchemaViolation, SchemaViolationKind};
use crate::suggest::nearest;

/// The API groups whose kinds the schema holds, and one that Kubernetes has removed.
const GROUPS: [&str; 6] = ["", "apps", "autoscaling", "batch", "extensions", RBAC_GROUP];

pub(super) fn check(document: &Document) -> Vec<Finding> {
    if document.kind().is_empty() {
        return Vec::new();
    }
    match schema::type_of(document.api_version(), document.kind()) {
        Some(type_name) => schema::violations(&document.value, type_name)
            .into_iter()
            .map(|violation| finding(document, violation))
            .collect(),
        None => check_version(document).into_iter().collect(),
    }
}

/// A kind that is misspelt, or has no such version.
fn check_version(document: &Document) -> Option<Finding> {
    const SPEC: &str = "GMSACredentialSpec";
    let (kind, version) = (document.kind(), document.api_version());
    let why = match version {
        "" => "kubectl refuses the object: apiVersion not set".to_owned(),
        _ => format!("kubectl refuses the object: no matches for kind \"{kind}\" in version \"{version}\""),
    };
    let is_almost_spec = document.group() == "windows.k8s.io" || nearest(kind, [SPEC]).is_some();
    if is_almost_spec && kind != SPEC {
        let what = "this kind does not exist";
        return Some(Finding::error(document.position("kind"), what, why, format!("kind: {SPEC}")).known(6));
    }
    let (current, spelling) = schema::current_version(kind).filter(|_| GROUPS.contains(&document.group()))?;
    let (field, what, fix) = match kind == spelling {
        true => ("apiVersion", "the kind has no such version", format!("apiVersion: {current}")),
        false => ("kind", "this kind does not exist", format!("kind: {spelling}, apiVersion: {current}")),
    };
    Some(Finding::error(document.position(field), what, why, fix))
}

fn finding(document: &Document, violation: SchemaViolation) -> Finding {
    let SchemaViolation { field, kind } = violation;
    let position = document.position(field.clone());
    match kind {
        SchemaViolationKind::Unknown(known) => {
            let why = format!("the API server refuses the object: strict decoding error: unknown field \"{field}\"");
            if let Some(path) = misplaced::right_path(document, &field, value_at(&document.value, &field)) {
                let what = "a gMSA is named in a field that does not exist";
                return Finding::error(position, what, why, path).known(1);
            }
            let fix = known.map_or_else(
                || "remove it; `kubectl explain` lists the fields".to_owned(),
                |known| format!("{known}, or remove it"),
            );
            Finding::error(position, "no field has this name", why, fix)
        }
        SchemaViolationKind::WrongType { expected, found } => {
            let why =
                format!("the API server refuses the object: cannot unmarshal {found} into a field of type {expected}");
            let fix = match expected {
                "string" => "the value in quotes: without them yes, no, on, off and numbers are not text".to_owned(),
                _ => format!("a value of type {expected}"),
            };
            Finding::error(position, format!("the value is of type {found}, not {expected}"), why, fix)
        }
        SchemaViolationKind::Missing => {
            let why = format!("the API server refuses the object: {field}: Required value");
            Finding::error(position, "a required field is missing", why, field)
        }
    }
}

/// The value at a path like `spec.containers[0].name`. Keys with dots are not found.
pub(super) fn value_at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let pointer: String = path.split('.').map(|key| format!("/{}", key.replace('[', "/").replace(']', ""))).collect();
    value.pointer(&pointer)
}
