//! Host names: known failure 4.

use super::*;
use Severity::Error;

#[test]
fn shared_host_name_is_an_error() {
    let (old, new) = ("      serviceAccountName", "      hostname: shop\n      serviceAccountName");
    let field = format!("{POD}.hostname");
    only(
        &changed(old, new),
        Error,
        4,
        &field,
        &["spec.replicas is 2", "1787 ERROR_NO_TRUST_SAM_ACCOUNT", "no hostname"],
    );
    let single = HEALTHY.replace(old, new).replace("  replicas: 2\n", "");
    assert_eq!(manifests(&single).findings, [], "a single pod shares its name with none");
    let scaled = "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\n\
                  metadata: {name: h, namespace: shop}\n\
                  spec: {maxReplicas: 9, scaleTargetRef: {kind: Deployment, name: web}}\n";
    only(&manifests(&format!("{single}{scaled}")), Error, 4, &field, &["up to 9 replicas"]);
    assert_eq!(
        manifests(&HEALTHY.replace(old, new).replace("Deployment", "StatefulSet")).findings,
        [],
        "a StatefulSet names its pods itself"
    );
    let second = single.split("---").last().unwrap().replace("metadata: {name: web,", "metadata: {name: second,");
    let place = "5, Deployment second, spec.template.spec.hostname";
    only(&manifests(&format!("{single}---{second}")), Error, 4, place, &["Deployment web has the same host name"]);
}
