//! Pod templates that the API server refuses although each field is valid. Each case was refused by a real API server.

use super::*;
use Severity::Error;

#[test]
fn invalid_object_name_is_an_error() {
    let report = changed(
        "metadata: {name: web, namespace: shop}\nspec:\n  replicas",
        "metadata: {name: web_1, namespace: shop}\nspec:\n  replicas",
    );
    only(&report, Error, None, "4, Deployment web_1, metadata.name", &["Invalid value", "web-1"]);
}

#[test]
fn selector_that_misses_its_pods_is_an_error() {
    let report = changed("matchLabels: {app: web}", "matchLabels: {app: shop}");
    only(&report, Error, None, "4, Deployment web, spec.template.metadata.labels", &["does not match template"]);
}

#[test]
fn restart_policy_fits_the_kind() {
    let report = changed("      serviceAccountName", "      restartPolicy: Never\n      serviceAccountName");
    only(&report, Error, None, &format!("{POD}.restartPolicy"), &["\"Never\"", "supported values: \"Always\""]);
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: x}\n\
               spec: {template: {spec: {containers: [{name: x, image: x}]}}}\n";
    only(
        &manifests(job),
        Error,
        None,
        "1, Job x, spec.template.spec.restartPolicy",
        &["Required value", "restartPolicy: Never"],
    );
}

#[test]
fn mount_without_its_volume_is_an_error() {
    let mount = "value: x}], volumeMounts: [{name: data, mountPath: /data}]";
    let text = HEALTHY.replace("value: x}]", mount);
    only(
        &manifests(&text),
        Error,
        None,
        &format!("{POD}.containers[0].volumeMounts[0].name"),
        &["\"data\"", "Not found"],
    );
    let claims = "  replicas: 2\n  volumeClaimTemplates: [{metadata: {name: data}, spec: {}}]\n";
    let set = text.replace("kind: Deployment", "kind: StatefulSet").replace("  replicas: 2\n", claims);
    assert_eq!(manifests(&set).findings, []);
}

#[test]
fn variable_with_two_values_is_an_error() {
    let report = changed("value: x}", "value: x, valueFrom: {secretKeyRef: {name: a, key: b}}}");
    only(&report, Error, None, &format!("{POD}.containers[0].env[0].valueFrom"), &["may not be specified"]);
}

#[test]
fn invalid_user_name_is_an_error() {
    let long = "x".repeat(105);
    for user in ["''", r"A\B\C", r"CORP\", "NT:SERVICE", "'. .'", &long] {
        let report = changed(r"'NT AUTHORITY\NETWORK SERVICE'", user);
        let field = format!("{POD}.securityContext.windowsOptions.runAsUserName");
        only(&report, Error, None, &field, &["the API server refuses the object"]);
    }
}
