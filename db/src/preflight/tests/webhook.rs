//! The webhook: row 7.

use super::*;
use Severity::Warning;

#[test]
fn row_7_a_webhook_alone() {
    let webhook = "---\nkind: Deployment\nmetadata: {name: gmsa}\n\
                   spec: {template: {spec: {containers: [{name: w, image: registry.k8s.io/gmsa-webhook/k8s-gmsa-webhook:v0.13.0}]}}}\n";
    only(&manifests(&format!("{SOUND}{webhook}")), Warning, 7, "5, Deployment gmsa, spec.replicas", &["replicas: 2"]);
    let two = webhook.replace("spec: {template", "spec: {replicas: 2, template");
    assert_eq!(manifests(&format!("{SOUND}{two}")).findings, []);
}
