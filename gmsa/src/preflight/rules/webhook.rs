//! The webhook that puts credential specs into pods: while it is unavailable, no pod can be created (known failure 7).

use serde_json::Value;

use crate::preflight::finding::Finding;
use crate::preflight::objects::Objects;

pub(super) fn check(objects: &Objects<'_>) -> Vec<Finding> {
    let is_webhook = |pod: &Value| {
        let containers = pod.get("containers").and_then(Value::as_array);
        let mut images = containers.into_iter().flatten().filter_map(|container| container.get("image")?.as_str());
        images.any(|image| image.contains("gmsa-webhook"))
    };
    let deployments = objects.workloads.iter().filter(|workload| workload.document.kind() == "Deployment");
    let single = deployments
        .filter(|workload| is_webhook(workload.pod))
        .filter(|webhook| webhook.max_pods(&objects.autoscalers).0 < 2);
    single
        .map(|webhook| {
            let why = "its failurePolicy is Fail: while this one pod is unavailable, no pod can be created";
            let fix = "replicas: 2; in its chart replicaCount: 2 and certificates.certReload.enabled: true";
            let position = webhook.document.position("spec.replicas");
            Finding::warning(position, "the webhook has one replica", why, fix).known(7)
        })
        .collect()
}
