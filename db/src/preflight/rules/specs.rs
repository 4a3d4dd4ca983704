//! Credential specs: what the CRD, Docker or ECS takes (rows 6, 8, 30).

use serde_json::Value;

use super::super::documents::Document;
use super::super::objects::Objects;
use super::super::{Finding, Place};
use crate::credential_spec::lint::{Severity, lint};
use crate::credential_spec::{Fault, Form, field};

/// Files that are to hold a credential spec each: those for Docker and ECS, and files that hold none.
pub(in super::super) fn files(documents: &[Document]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut without: Vec<&Document> = Vec::new();
    for document in documents {
        match document.kind() {
            "GMSACredentialSpec" => without.retain(|other| other.file != document.file),
            "" => findings.extend(file(document)),
            _ if documents.iter().any(|other| other.file == document.file && is_spec(other)) => {}
            _ => without.push(document),
        }
    }
    without.dedup_by_key(|document| document.file.clone());
    findings.extend(without.into_iter().map(|document| Finding {
        severity: Severity::Broken,
        row: Some(6),
        place: Place { object: String::new(), ..document.place("") },
        what: "there is no credential spec in it".into(),
        why: "a pod that names one is refused: cred spec … does not exist".into(),
        fix: "a GMSACredentialSpec, or the JSON file of Docker or ECS: `bookstore credspec` prints each".into(),
    }));
    findings
}

/// Files for Docker and ECS that lie among manifests.
pub(in super::super) fn loose_files(documents: &[Document]) -> Vec<Finding> {
    let is_one = |document: &&Document| document.kind().is_empty() && document.value.get("DomainJoinConfig").is_some();
    documents.iter().filter(is_one).flat_map(file).collect()
}

/// A file for Docker or ECS.
fn file(document: &Document) -> Vec<Finding> {
    lint(&document.value, Form::File).into_iter().map(|fault| finding(fault, document, "")).collect()
}

fn is_spec(document: &Document) -> bool {
    matches!(document.kind(), "" | "GMSACredentialSpec")
}

/// The cluster's own objects.
pub(super) fn objects(objects: &Objects<'_>) -> Vec<Finding> {
    objects.specs.iter().flat_map(|document| object(document)).collect()
}

fn object(document: &Document) -> Vec<Finding> {
    let mut findings = envelope(document);
    match document.value.get("credspec") {
        Some(content) => {
            findings
                .extend(lint(content, Form::Kubernetes).into_iter().map(|fault| finding(fault, document, "credspec")));
        }
        None => findings.push(broken(
            document,
            "credspec",
            "there is no credspec",
            "a pod that names it is refused: …does not have a credspec key",
            "the content under credspec:, not under spec: or at the top",
        )),
    }
    findings
}

fn envelope(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    match document.text("/apiVersion").unwrap_or_default() {
        "windows.k8s.io/v1" => {}
        "windows.k8s.io/v1alpha1" => findings.push(Finding {
            severity: Severity::Warning,
            ..broken(
                document,
                "apiVersion",
                "v1alpha1 is deprecated",
                "a later CRD will not serve it",
                "windows.k8s.io/v1",
            )
        }),
        _ => findings.push(broken(
            document,
            "apiVersion",
            "the CRD has no such version",
            "it is refused",
            "windows.k8s.io/v1",
        )),
    }
    if document.namespace().is_some() {
        let (what, why) = (
            "a credential spec belongs to the cluster",
            "kubectl refuses an object of the cluster with a namespace, or drops it",
        );
        findings.push(Finding {
            severity: Severity::Warning,
            ..broken(document, "metadata.namespace", what, why, "no namespace")
        });
    }
    if let Err(problem) = field::object_name(document.name()) {
        findings.push(broken(document, "metadata.name", "no object can have this name", &problem.why, &problem.fix));
    }
    findings
}

fn broken(document: &Document, field: &str, what: &str, why: &str, fix: &str) -> Finding {
    let (what, why, fix) = (what.to_owned(), why.to_owned(), fix.to_owned());
    Finding { severity: Severity::Broken, row: Some(6), place: document.place(field), what, why, fix }
}

fn finding(fault: Fault, document: &Document, under: &str) -> Finding {
    let field = [under, &fault.path].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
    let what = fault.value.unwrap_or_else(|| summary(&document.value, &field));
    Finding {
        severity: fault.severity,
        row: Some(fault.problem.row),
        place: document.place(field),
        what,
        why: fault.problem.why,
        fix: fault.problem.fix,
    }
}

/// What stands at a field whose value is not shown.
fn summary(value: &Value, field: &str) -> String {
    let pointer: String = field.split('.').map(|key| format!("/{}", key.replace('[', "/").replace(']', ""))).collect();
    match value.pointer(&pointer) {
        None => "nothing is there".into(),
        Some(Value::String(_)) => "text".into(),
        Some(Value::Object(_)) => "an object".into(),
        Some(Value::Array(_)) => "a list".into(),
        Some(other) => other.to_string(),
    }
}
