//! Host names: row 4.

use super::*;
use Severity::Broken;

#[test]
fn row_4_one_host_name_for_many_pods() {
    let (old, new) = ("      serviceAccountName", "      hostname: shop\n      serviceAccountName");
    let field = format!("{POD}.hostname");
    only(
        &changed(old, new),
        Broken,
        4,
        &field,
        &["spec.replicas is 2", "1787 ERROR_NO_TRUST_SAM_ACCOUNT", "no hostname"],
    );
    let single = SOUND.replace(old, new).replace("  replicas: 2\n", "");
    assert_eq!(manifests(&single).findings, [], "one pod is alone with its name");
    let scaled = "---\nkind: HorizontalPodAutoscaler\nmetadata: {name: h, namespace: shop}\n\
                  spec: {maxReplicas: 9, scaleTargetRef: {kind: Deployment, name: web}}\n";
    only(&manifests(&format!("{single}{scaled}")), Broken, 4, &field, &["up to 9 replicas"]);
    assert_eq!(
        manifests(&SOUND.replace(old, new).replace("Deployment", "StatefulSet")).findings,
        [],
        "names of its own"
    );
    let second = single.split("---").last().unwrap().replace("metadata: {name: web,", "metadata: {name: second,");
    let place = "5, Deployment second, spec.template.spec.hostname";
    only(&manifests(&format!("{single}---{second}")), Broken, 4, place, &["Deployment web has the same host name"]);
}
