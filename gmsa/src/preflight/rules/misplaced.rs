//! gMSA names where nothing reads them: annotations of Kubernetes 1.14, misspelt fields, fields a level too high (known
//! failure 1).

use serde_json::{Map, Value};

use crate::preflight::documents::Document;
use crate::preflight::finding::Finding;
use crate::preflight::workload::Workload;
use crate::suggest::nearest;

/// Where a gMSA is named, below a pod's spec or a container.
const RIGHT: &str = "securityContext.windowsOptions.gmsaCredentialSpecName";
/// The end of the annotations that named a gMSA in Kubernetes 1.14, for pods and for containers.
const ANNOTATION: &str = "alpha.windows.kubernetes.io/gmsa-credential-spec";
/// Maps whose keys are free text.
const FREE_MAPS: [&str; 5] = ["labels", "annotations", "matchLabels", "nodeSelector", "selector"];

pub(super) fn check(workload: &Workload<'_>) -> Vec<Finding> {
    let document = workload.document;
    let mut walk = Walk { document, pod_path: workload.field(""), findings: Vec::new() };
    walk.annotations(&document.value, "");
    // The fields of Kubernetes' own kinds are checked by the schema.
    if !is_built_in(document) {
        walk.fields(workload.pod, &workload.field(""));
    }
    walk.findings
}

/// The path that an unknown field with a gMSA in it should have; None if it has nothing to do with gMSAs.
pub(super) fn right_path(document: &Document, field: &str, value: Option<&Value>) -> Option<String> {
    let name = field.rsplit('.').next().unwrap_or(field);
    let has_name = |value: &Value| mentions(value);
    if !is_gmsa_name(name) && !value.is_some_and(has_name) {
        return None;
    }
    let pods = Workload::find(document).into_iter().next()?.field("");
    Some(format!("{}{RIGHT}", owner(field, &pods)))
}

/// The container that a path lies in, or else the pod; with a dot at the end.
fn owner(field: &str, pod_path: &str) -> String {
    let in_pod = field.strip_prefix(pod_path).unwrap_or_default();
    match in_pod.split_once("].") {
        Some((container, _)) if container.contains("ontainers[") => format!("{pod_path}{container}]."),
        _ => pod_path.to_owned(),
    }
}

fn is_built_in(document: &Document) -> bool {
    crate::preflight::schema::type_of(document.api_version(), document.kind()).is_some()
}

struct Walk<'a> {
    document: &'a Document,
    /// The path of the pod's spec, with a dot at the end.
    pod_path: String,
    findings: Vec<Finding>,
}

impl Walk<'_> {
    /// Annotations anywhere in the object.
    fn annotations(&mut self, value: &Value, path: &str) {
        match value {
            Value::Object(object) => {
                for (key, child) in object {
                    if let (true, Some(annotations)) = (key == "annotations", child.as_object()) {
                        self.old_annotations(annotations, &format!("{path}{key}"));
                    } else {
                        self.annotations(child, &format!("{path}{key}."));
                    }
                }
            }
            Value::Array(items) => {
                let path = path.trim_end_matches('.');
                items.iter().enumerate().for_each(|(at, item)| self.annotations(item, &format!("{path}[{at}].")));
            }
            _ => {}
        }
    }

    fn old_annotations(&mut self, annotations: &Map<String, Value>, path: &str) {
        for key in annotations.keys().filter(|key| key.contains(ANNOTATION)) {
            let what = "a gMSA is named in an annotation of Kubernetes 1.14";
            let why = "nothing reads it since Kubernetes 1.16: the pod starts without a gMSA";
            let position = self.document.position(format!("{path}.{key}"));
            let fix = format!("{}{RIGHT}", self.pod_path);
            self.findings.push(Finding::error(position, what, why, fix).known(1));
        }
    }

    /// Fields of a pod spec in a kind whose fields are not known.
    fn fields(&mut self, value: &Value, path: &str) {
        match value {
            Value::Object(object) => {
                for (key, child) in object {
                    let field = format!("{path}{key}");
                    let is_right = field.ends_with(RIGHT) || field.ends_with(RIGHT.trim_end_matches("Name"));
                    if is_gmsa_name(key) && !is_right {
                        let what = "a gMSA is named in a field that does not exist";
                        let why = "nothing reads it: the object is refused, or the pod starts without a gMSA";
                        let fix = format!("{}{RIGHT}", owner(&field, &self.pod_path));
                        let position = self.document.position(field);
                        self.findings.push(Finding::error(position, what, why, fix).known(1));
                    } else if !FREE_MAPS.contains(&key.as_str()) {
                        self.fields(child, &format!("{field}."));
                    }
                }
            }
            Value::Array(items) => {
                let path = path.trim_end_matches('.');
                items.iter().enumerate().for_each(|(at, item)| self.fields(item, &format!("{path}[{at}].")));
            }
            _ => {}
        }
    }
}

/// Whether somewhere in a value a field names a gMSA.
fn mentions(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.iter().any(|(key, value)| is_gmsa_name(key) || mentions(value)),
        Value::Array(items) => items.iter().any(mentions),
        _ => false,
    }
}

/// Whether a field of this name is meant to name a gMSA.
fn is_gmsa_name(name: &str) -> bool {
    const NAMES: [&str; 4] = ["gmsaCredentialSpecName", "gmsaCredentialSpec", "credentialSpecName", "credentialSpec"];
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
    let plain = plain.to_ascii_lowercase();
    plain.contains("gmsa") || plain.contains("credspec") || nearest(&plain, NAMES).is_some()
}
