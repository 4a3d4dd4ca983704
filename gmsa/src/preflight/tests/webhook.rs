//! The webhook: known failure 7.

use super::*;
use Severity::Warning;

#[test]
fn webhook_with_one_replica_is_a_warning() {
    let webhook = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: gmsa}\n\
                   spec: {selector: {}, template: {spec: {containers: \
                   [{name: w, image: registry.k8s.io/gmsa-webhook/k8s-gmsa-webhook:v0.13.0}]}}}\n";
    only(&manifests(&format!("{HEALTHY}{webhook}")), Warning, 7, "5, Deployment gmsa, spec.replicas", &["replicas: 2"]);
    let two = webhook.replace("spec: {selector", "spec: {replicas: 2, selector");
    assert_eq!(manifests(&format!("{HEALTHY}{two}")).findings, []);
}
