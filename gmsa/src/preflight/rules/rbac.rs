//! Whether each pod's service account may `use` the credential spec that the pod names (known failure 5): what the
//! webhook asks the API server.

mod access_review;
mod rights;

use serde_json::Value;

use super::service_account;
use crate::credential_spec::{excerpt, field};
use crate::preflight::documents::Document;
use crate::preflight::finding::Finding;
use crate::preflight::objects::{Objects, RBAC_GROUP};
use access_review::AccessReview;
pub(super) use rights::Rights;

pub(super) fn check(objects: &Objects<'_>) -> Vec<Finding> {
    let rights = Rights { objects };
    let mut findings: Vec<Finding> = objects.bindings.iter().flat_map(|binding| check_binding(binding)).collect();
    for workload in &objects.workloads {
        // Without the account the webhook is never asked.
        if service_account::check_workload(workload, objects).is_some() {
            continue;
        }
        let mut names: Vec<&str> =
            workload.parts_for_webhook().iter().filter_map(|part| Some(part.spec_name()?.1)).collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| field::check_object_name(name).is_ok());
        findings.extend(names.into_iter().filter_map(|name| AccessReview { workload, name, rights }.finding()));
    }
    findings
}

/// How many roles and bindings are about credential specs.
pub(super) fn count_checked(objects: &Objects<'_>) -> usize {
    let rights = Rights { objects };
    let roles = objects.roles.iter().filter(|role| rights.names_resource(role));
    let bindings = objects.bindings.iter().filter(|binding| rights.specs_of(binding).is_some());
    roles.count() + bindings.count()
}

/// What the API server refuses in a binding: another API group, or a service account without a namespace where none is
/// implied.
fn check_binding(binding: &Document) -> Vec<Finding> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let refused = |field: String, what: &str, reason: &str, fix: &str| {
        let why = format!("the API server refuses the object: {field}: {reason}");
        Finding::error(binding.position(field), what, why, fix)
    };
    let mut findings = Vec::new();
    if let Some(group) = binding.text("/roleRef/apiGroup").filter(|group| !["", RBAC_GROUP].contains(group)) {
        let what = format!("roles are not of the API group {}", excerpt(group));
        findings.push(refused(
            "roleRef.apiGroup".into(),
            &what,
            "Unsupported value",
            &format!("apiGroup: {RBAC_GROUP}"),
        ));
    }
    let subjects = binding.list("/subjects").iter().enumerate();
    for (at, subject) in subjects.filter(|(_, subject)| text(subject, "kind") == "ServiceAccount") {
        if !text(subject, "apiGroup").is_empty() {
            let field = format!("subjects[{at}].apiGroup");
            findings.push(refused(field, "a service account has no API group", "Unsupported value", "no apiGroup"));
        }
        if binding.kind() == "ClusterRoleBinding" && text(subject, "namespace").is_empty() {
            let field = format!("subjects[{at}].namespace");
            let fix = "namespace: that of the pods";
            findings.push(refused(field, "a service account without a namespace", "Required value", fix));
        }
    }
    findings
}
