//! The webhook that puts credential specs into pods: while it is away, no pod can be made (row 7).

use serde_json::Value;

use super::super::Finding;
use super::super::objects::Objects;
use crate::credential_spec::lint::Severity;

pub(super) fn rule(objects: &Objects<'_>) -> Vec<Finding> {
    let is_webhook = |pod: &Value| {
        let containers = pod.get("containers").and_then(Value::as_array);
        let mut images = containers.into_iter().flatten().filter_map(|container| container.get("image")?.as_str());
        images.any(|image| image.contains("gmsa-webhook"))
    };
    let webhooks = objects
        .workloads
        .iter()
        .filter(|workload| workload.document.kind() == "Deployment" && is_webhook(workload.pod));
    let single = webhooks.filter(|webhook| webhook.at_once(&objects.autoscalers).0 < 2);
    single
        .map(|webhook| Finding {
            severity: Severity::Warning,
            row: Some(7),
            place: webhook.document.place("spec.replicas"),
            what: "the webhook has one replica".into(),
            why: "its failurePolicy is Fail: while this one pod is away, no pod can be made".into(),
            fix: "replicas: 2; by its chart replicaCount: 2 and certificates.certReload.enabled: true".into(),
        })
        .collect()
}
