//! Pods of one gMSA at the same time need different host names (row 4): the domain keeps one secure channel a name.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::Finding;
use super::super::objects::{Objects, Workload};
use crate::credential_spec::lint::Severity;

pub(super) fn rule(objects: &Objects<'_>) -> Vec<Finding> {
    let mut seen: BTreeMap<(&str, String), &Workload<'_>> = BTreeMap::new();
    let mut findings = Vec::new();
    for workload in &objects.workloads {
        // A StatefulSet gives each pod its own name, whatever its template says.
        let hostname =
            workload.pod.get("hostname").and_then(Value::as_str).filter(|_| workload.document.kind() != "StatefulSet");
        let Some(hostname) = hostname else { continue };
        let names = workload.spec_names();
        let (pods, said) = workload.at_once(&objects.autoscalers);
        if pods > 1 && !names.is_empty() {
            findings.push(finding(
                workload,
                hostname,
                &format!("all its pods have the host name \"{hostname}\", and {said}"),
            ));
        }
        for (_, name) in names {
            let other =
                seen.insert((name, hostname.to_lowercase()), workload).filter(|other| !std::ptr::eq(*other, workload));
            if let Some(other) = other {
                let what = format!(
                    "{} has the same host name \"{hostname}\" and the same gMSA",
                    other.document.place("").object
                );
                findings.push(finding(workload, hostname, &what));
            }
        }
    }
    findings
}

fn finding(workload: &Workload<'_>, hostname: &str, what: &str) -> Finding {
    Finding {
        severity: Severity::Broken,
        row: Some(4),
        place: workload.document.place(workload.field("hostname")),
        what: what.to_owned(),
        why: "\"the trust relationship failed\" now and then: 1787 ERROR_NO_TRUST_SAM_ACCOUNT".into(),
        fix: format!(
            "no hostname: \"{hostname}\", so that names are generated; randomHostname: true in the webhook's chart"
        ),
    }
}
