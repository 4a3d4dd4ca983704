//! The fields of Kubernetes objects with their types, from Kubernetes' own OpenAPI document:
//! `gmsa/schema/kubernetes.txt`.
//!
//! The API server decodes strictly: it refuses an unknown field and a value of the wrong type.

mod table;

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::suggest::nearest;
use table::{SchemaType, Table};

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("../../schema/kubernetes.txt")));

/// At most this many violations are reported per object.
const MAX_VIOLATIONS: usize = 100;

/// What the API server refuses in an object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SchemaViolation {
    /// The field, like `spec.template.spec.containers[0].env[1].value`.
    pub(super) field: String,
    pub(super) kind: SchemaViolationKind,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum SchemaViolationKind {
    /// No field has this name; the known one that is nearest.
    Unknown(Option<&'static str>),
    /// The value has another type.
    WrongType { expected: &'static str, found: &'static str },
    /// A required field is missing.
    Missing,
}

/// The name of the type that describes this kind, if the table has it.
pub(super) fn type_of(api_version: &str, kind: &str) -> Option<&'static str> {
    TABLE.kinds.iter().find(|(version, known, _)| (*version, *known) == (api_version, kind)).map(|(.., name)| *name)
}

/// The newest `apiVersion` of a kind, whose spelling may differ in upper and lower case; and its right spelling.
pub(super) fn current_version(kind: &str) -> Option<(&'static str, &'static str)> {
    let is_meant = |(_, known, _): &&(&str, &'static str, &str)| known.eq_ignore_ascii_case(kind);
    TABLE.kinds.iter().rfind(is_meant).map(|(version, known, _)| (*version, *known))
}

/// Everything in `value` that is not of the type with this name.
pub(super) fn violations(value: &Value, type_name: &'static str) -> Vec<SchemaViolation> {
    let mut check = Check { violations: Vec::new() };
    check.value(value, &SchemaType::Object(type_name), String::new());
    check.violations
}

struct Check {
    violations: Vec<SchemaViolation>,
}

impl Check {
    fn report(&mut self, field: String, kind: SchemaViolationKind) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(SchemaViolation { field, kind });
        }
    }

    fn value(&mut self, value: &Value, kind: &SchemaType, path: String) {
        match (kind, value) {
            // An explicit null is the same as no value.
            (_, Value::Null)
            | (SchemaType::Any, _)
            | (SchemaType::String, Value::String(_))
            | (SchemaType::Boolean, Value::Bool(_))
            | (SchemaType::Number, Value::Number(_))
            | (SchemaType::Scalar, Value::String(_) | Value::Number(_)) => {}
            (SchemaType::Integer, Value::Number(number)) if number.is_i64() || number.is_u64() => {}
            (SchemaType::List(of), Value::Array(items)) => {
                for (at, item) in items.iter().enumerate() {
                    self.value(item, of, format!("{path}[{at}]"));
                }
            }
            (SchemaType::Map(of), Value::Object(map)) => {
                for (key, value) in map {
                    self.value(value, of, join(&path, key));
                }
            }
            (SchemaType::Object(name), Value::Object(object)) => self.object(object, name, &path),
            (kind, value) => {
                self.report(path, SchemaViolationKind::WrongType { expected: kind.name(), found: name_of(value) });
            }
        }
    }

    fn object(&mut self, object: &Map<String, Value>, type_name: &str, path: &str) {
        let Some(fields) = TABLE.types.get(type_name) else { return };
        for (key, value) in object {
            match fields.iter().find(|field| field.name == key) {
                Some(field) => self.value(value, &field.kind, join(path, key)),
                // A suggestion costs more than the rest of the check.
                None if self.violations.len() >= MAX_VIOLATIONS => return,
                None => {
                    let known = nearest(key, fields.iter().map(|field| field.name));
                    self.report(join(path, key), SchemaViolationKind::Unknown(known));
                }
            }
        }
        for field in fields.iter().filter(|field| field.is_required) {
            if object.get(field.name).is_none_or(Value::is_null) {
                self.report(join(path, field.name), SchemaViolationKind::Missing);
            }
        }
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The JSON type of a value, as Go's decoder names it.
fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_the_table_names_is_in_it() {
        fn check(kind: &SchemaType) {
            match kind {
                SchemaType::List(of) | SchemaType::Map(of) => check(of),
                SchemaType::Object(name) => assert!(TABLE.types.contains_key(name), "{name}"),
                _ => {}
            }
        }
        TABLE.types.values().flatten().for_each(|field| check(&field.kind));
        TABLE.kinds.iter().for_each(|(.., name)| assert!(TABLE.types.contains_key(name), "{name}"));
        assert!(TABLE.kinds.len() > 15 && TABLE.types.len() > 150);
    }

    #[test]
    fn kinds_are_known_by_their_current_version() {
        assert_eq!(type_of("apps/v1", "Deployment"), Some("apps.v1.Deployment"));
        assert_eq!(type_of("extensions/v1beta1", "Deployment"), None);
        assert_eq!(current_version("deployment"), Some(("apps/v1", "Deployment")));
        assert_eq!(current_version("HorizontalPodAutoscaler").map(|(version, _)| version), Some("autoscaling/v2"));
    }
}
