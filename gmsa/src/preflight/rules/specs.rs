//! Credential specs: what the CRD, Docker or ECS accepts (known failures 6, 8 and 30).

use crate::credential_spec::lint::Form;
use crate::credential_spec::lint::lint;
use crate::credential_spec::{FieldViolation, field};
use crate::preflight::documents::{Document, Encoding};
use crate::preflight::finding::{Finding, FindingPosition};
use crate::preflight::objects::Objects;
use crate::preflight::rules::fields::value_at;
use serde_json::Value;

/// Checks files for Docker and ECS, and reports files of `--credspec` that hold no credential spec.
pub(in crate::preflight) fn check_files(specs: &[Document], manifests: &[Document]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = spec_files(specs, manifests).flat_map(check_file).collect();
    let mut without: Vec<&Document> = specs.iter().filter(|document| !holds_spec(&document.file, specs)).collect();
    without.dedup_by_key(|document| document.file.as_str());
    findings.extend(without.into_iter().map(|document| {
        let position = FindingPosition { object: String::new(), ..document.position("") };
        let why = "a pod that names one is refused: cred spec … does not exist";
        let fix = "a GMSACredentialSpec, or the JSON file of Docker or ECS: `bookstore credspec` prints each";
        Finding::error(position, "the file holds no credential spec", why, fix).known(6)
    }));
    findings
}

/// The contents of credential specs without Kubernetes' envelope: in a file of `--credspec` everything that has no
/// kind.
pub(in crate::preflight) fn spec_files<'a>(
    specs: &'a [Document],
    manifests: &'a [Document],
) -> impl Iterator<Item = &'a Document> {
    const SECTIONS: [&str; 3] = ["DomainJoinConfig", "ActiveDirectoryConfig", "CmsPlugins"];
    let has_section = |document: &&Document| SECTIONS.iter().any(|section| document.value.get(section).is_some());
    let specs = specs.iter().filter(|document| document.kind().is_empty());
    specs.chain(manifests.iter().filter(|document| document.kind().is_empty()).filter(has_section))
}

fn holds_spec(file: &str, documents: &[Document]) -> bool {
    documents.iter().any(|other| other.file == file && matches!(other.kind(), "" | "GMSACredentialSpec"))
}

/// A file for Docker or ECS.
fn check_file(document: &Document) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        lint(&document.value, Form::File).into_iter().map(|violation| finding(violation, document, "")).collect();
    let encoding = match document.encoding {
        Encoding::Json => None,
        Encoding::Yaml => Some("the file is YAML"),
        Encoding::MarkedJson => Some("the file starts with a byte order mark, as PowerShell 5 writes it"),
    };
    findings.extend(encoding.map(|what| {
        let why = "Docker and ECS read JSON in UTF-8 without a byte order mark";
        let fix = "`bookstore credspec --format json`; in PowerShell 5 `| Set-Content -Encoding ascii`";
        Finding::error(document.position(""), what, why, fix).known(8)
    }));
    findings
}

/// Checks the credential specs of the cluster.
pub(super) fn check_objects(objects: &Objects<'_>) -> Vec<Finding> {
    objects.specs.iter().flat_map(|document| check_object(document)).collect()
}

fn check_object(document: &Document) -> Vec<Finding> {
    let mut findings = check_envelope(document);
    let Some(content) = document.value.get("credspec") else {
        let why = "a pod that names it is refused: …does not have a credspec key";
        let fix = "the content under credspec:, not under spec: or at the top";
        findings.push(error(document, "credspec", "there is no credspec", why, fix));
        return findings;
    };
    let unknown = document.value.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    for key in unknown.filter(|key| !["apiVersion", "kind", "metadata", "credspec"].contains(key)) {
        let why = format!("the API server refuses the object: strict decoding error: unknown field \"{key}\"");
        findings.push(error(document, key, "no field has this name", &why, "the content under credspec: alone"));
    }
    let content = lint(content, Form::Kubernetes).into_iter();
    findings.extend(content.map(|violation| finding(violation, document, "credspec")));
    findings
}

fn check_envelope(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    match document.api_version() {
        "windows.k8s.io/v1" => {}
        "windows.k8s.io/v1alpha1" => {
            let why = "a later CRD will not serve it";
            let position = document.position("apiVersion");
            findings.push(Finding::warning(position, "v1alpha1 is deprecated", why, "windows.k8s.io/v1").known(6));
        }
        _ => {
            let what = "the CRD has no such version";
            findings.push(error(document, "apiVersion", what, "kubectl refuses the object", "windows.k8s.io/v1"));
        }
    }
    if document.namespace().is_some() {
        let (what, why) =
            ("a credential spec belongs to the cluster", "the namespace has no effect, or kubectl refuses it");
        let position = document.position("metadata.namespace");
        findings.push(Finding::warning(position, what, why, "no namespace").known(6));
    }
    if let Err(violation) = field::check_object_name(document.name()) {
        let what = "no object can have this name";
        findings.push(error(document, "metadata.name", what, &violation.why, &violation.fix));
    }
    findings
}

fn error(document: &Document, field: &str, what: &str, why: &str, fix: &str) -> Finding {
    Finding::error(document.position(field), what, why, fix).known(6)
}

fn finding(found: FieldViolation, document: &Document, under: &str) -> Finding {
    let field = [under, &found.path].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
    let what = found.value.unwrap_or_else(|| summary(&document.value, &field));
    Finding {
        severity: found.severity,
        known_failure: Some(found.violation.known_failure),
        position: document.position(field),
        what,
        why: found.violation.why,
        fix: found.violation.fix,
    }
}

/// The kind of value of a field whose value is not shown.
fn summary(value: &Value, field: &str) -> String {
    match value_at(value, field) {
        None => "nothing is there".into(),
        Some(Value::String(_)) => "text".into(),
        Some(Value::Object(_)) => "an object".into(),
        Some(Value::Array(_)) => "a list".into(),
        Some(other) => other.to_string(),
    }
}
