//! Concurrent pods of one gMSA need different host names (known failure 4): the domain keeps one secure channel per
//! name.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::preflight::finding::Finding;
use crate::preflight::objects::Objects;
use crate::preflight::workload::Workload;

pub(super) fn check(objects: &Objects<'_>) -> Vec<Finding> {
    let mut seen: BTreeMap<(&str, String), &Workload<'_>> = BTreeMap::new();
    let mut findings = Vec::new();
    for workload in &objects.workloads {
        // A StatefulSet gives each pod its own name, whatever its template says.
        let hostname =
            workload.pod.get("hostname").and_then(Value::as_str).filter(|_| workload.document.kind() != "StatefulSet");
        let Some(hostname) = hostname else { continue };
        let names = workload.spec_names();
        let (pods, source) = workload.max_pods(&objects.autoscalers);
        if pods > 1 && !names.is_empty() {
            let what = format!("all its pods have the host name \"{hostname}\", and {source}");
            findings.push(finding(workload, hostname, &what));
        }
        for (_, name) in names {
            let other =
                seen.insert((name, hostname.to_lowercase()), workload).filter(|other| !std::ptr::eq(*other, workload));
            if let Some(other) = other {
                let what =
                    format!("{} has the same host name \"{hostname}\" and the same gMSA", other.document.object());
                findings.push(finding(workload, hostname, &what));
            }
        }
    }
    findings
}

fn finding(workload: &Workload<'_>, hostname: &str, what: &str) -> Finding {
    let position = workload.document.position(workload.field("hostname"));
    let why = "\"the trust relationship failed\" now and then: 1787 ERROR_NO_TRUST_SAM_ACCOUNT";
    let fix = format!(
        "no hostname: \"{hostname}\", so that names are generated; randomHostname: true in the webhook's chart"
    );
    Finding::error(position, what, why, fix).known(4)
}
