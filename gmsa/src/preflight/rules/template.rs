//! Pod templates that the API server refuses although each field is valid by itself.
//!
//! Source: Kubernetes' pkg/apis/apps/validation, pkg/apis/batch/validation and pkg/apis/core/validation.

use serde_json::Value;

use crate::credential_spec::{excerpt, field};
use crate::preflight::finding::Finding;
use crate::preflight::schema;
use crate::preflight::workload::{Part, Workload};

/// Kinds whose pods are always restarted, and whose selector must match their template.
const RUNNING: [&str; 4] = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];

pub(super) fn check(workload: &Workload<'_>) -> Vec<Finding> {
    let document = workload.document;
    if schema::type_of(document.api_version(), document.kind()).is_none() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    findings.extend(name(workload));
    findings.extend(selector(workload));
    findings.extend(restart_policy(workload));
    for part in workload.parts().iter().filter(|part| !part.is_pod()) {
        findings.extend(mounts(workload, part));
        findings.extend(env(workload, part));
    }
    findings
}

/// A finding of an object that is refused because of `field`.
fn refused(workload: &Workload<'_>, field: String, what: String, reason: &str, fix: String) -> Finding {
    let why = format!("the API server refuses the object: {field}: {reason}");
    Finding::error(workload.document.position(field), what, why, fix)
}

fn name(workload: &Workload<'_>) -> Option<Finding> {
    let name = workload.document.text("/metadata/name")?;
    let violation = field::check_object_name(name).err()?;
    let what = format!("no object can be named {}", excerpt(name));
    Some(refused(workload, "metadata.name".into(), what, "Invalid value", violation.fix))
}

fn selector(workload: &Workload<'_>) -> Option<Finding> {
    let document = workload.document;
    let wanted = document.value.pointer("/spec/selector/matchLabels").and_then(Value::as_object)?;
    let labels = document.value.pointer("/spec/template/metadata/labels").and_then(Value::as_object);
    // Values that are not text are reported by themselves.
    let has = |(key, value): (&String, &Value)| {
        !value.is_string() || labels.and_then(|labels| labels.get(key)) == Some(value)
    };
    if !RUNNING.contains(&document.kind()) || wanted.iter().all(has) {
        return None;
    }
    let what = "the pods do not have the labels of the selector".into();
    let reason = "`selector` does not match template `labels`";
    Some(refused(workload, "spec.template.metadata.labels".into(), what, reason, "the labels of spec.selector".into()))
}

fn restart_policy(workload: &Workload<'_>) -> Option<Finding> {
    let policy = workload.pod.get("restartPolicy").and_then(Value::as_str);
    let (is_valid, reason, fix) = match workload.document.kind() {
        "Job" | "CronJob" => {
            let is_valid = matches!(policy, Some("OnFailure" | "Never"));
            (is_valid, "Required value: valid values: \"OnFailure\", \"Never\"", "restartPolicy: Never")
        }
        kind if RUNNING.contains(&kind) => {
            (matches!(policy, None | Some("Always")), "supported values: \"Always\"", "no restartPolicy")
        }
        _ => return None,
    };
    let what = format!("the restart policy is {}", policy.map_or_else(|| "the default, Always".to_owned(), excerpt));
    (!is_valid).then(|| refused(workload, workload.field("restartPolicy"), what, reason, fix.into()))
}

fn mounts(workload: &Workload<'_>, part: &Part<'_>) -> Vec<Finding> {
    let names = |list: Option<&Value>, pointer: &str| -> Vec<String> {
        let items = list.and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|item| item.pointer(pointer)?.as_str().map(str::to_owned)).collect()
    };
    let claims = workload.document.value.pointer("/spec/volumeClaimTemplates");
    let known = [names(workload.pod.get("volumes"), "/name"), names(claims, "/metadata/name")].concat();
    let mounts = names(part.value.get("volumeMounts"), "/name").into_iter().enumerate();
    let missing = mounts.filter(|(_, name)| !known.contains(name));
    missing
        .map(|(at, name)| {
            let field = format!("{}.volumeMounts[{at}].name", part.field);
            let what = format!("no volume is named {}", excerpt(&name));
            refused(workload, field, what, "Not found", format!("a volume {}", excerpt(&name)))
        })
        .collect()
}

fn env(workload: &Workload<'_>, part: &Part<'_>) -> Vec<Finding> {
    let variables = part.value.get("env").and_then(Value::as_array).into_iter().flatten().enumerate();
    let has_both = |(_, variable): &(usize, &Value)| {
        let has_value = variable.get("value").and_then(Value::as_str).is_some_and(|value| !value.is_empty());
        has_value && variable.get("valueFrom").is_some_and(|from| !from.is_null())
    };
    variables
        .filter(has_both)
        .map(|(at, _)| {
            let field = format!("{}.env[{at}].valueFrom", part.field);
            let reason = "may not be specified when `value` is not empty";
            refused(workload, field, "both value and valueFrom".into(), reason, "one of the two".into())
        })
        .collect()
}
