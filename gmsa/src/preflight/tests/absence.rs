//! gMSAs that never reach a pod: misplaced and misspelt names (known failure 1), unused specs and bindings, nothing to
//! check.

use super::*;
use Severity::{Error, Warning};

const NAME: &str = "gmsaCredentialSpecName: web";
const OPTIONS: &str = "securityContext.windowsOptions.gmsaCredentialSpecName";

#[test]
fn annotation_of_kubernetes_1_14_is_an_error() {
    let old = "metadata: {annotations: {pod.alpha.windows.kubernetes.io/gmsa-credential-spec-name: web}, labels:";
    let text = HEALTHY.replace("metadata: {labels:", old).replace(&format!("{NAME}, "), "");
    let field = "pod.alpha.windows.kubernetes.io/gmsa-credential-spec-name";
    let position = format!("4, Deployment web, spec.template.metadata.annotations.{field}");
    let words = ["annotation of Kubernetes 1.14", &format!("spec.template.spec.{OPTIONS}")];
    only(&manifests(&text), Error, 1, &position, &words);
    let container = text.replace("pod.alpha", "web.container.alpha");
    assert_eq!(manifests(&container).findings.len(), 1);
}

#[test]
fn misspelt_name_is_an_error_with_the_right_path() {
    for wrong in
        ["gmsaCredentialSpecname", "gMSACredentialSpecName", "gmsaCredentialspecName", "gmsaCredSpecName", "GmsaName"]
    {
        let position = format!("{POD}.securityContext.windowsOptions.{wrong}");
        let words = ["strict decoding error: unknown field", &format!("spec.template.spec.{OPTIONS}")];
        only(&changed(NAME, &format!("{wrong}: web")), Error, 1, &position, &words);
    }
}

#[test]
fn name_at_another_level_is_an_error_with_the_right_path() {
    let without = HEALTHY.replace(&format!("{NAME}, "), "");
    let pod = format!("spec.template.spec.{OPTIONS}");
    let cases = [
        (
            "      securityContext:",
            "      windowsOptions: {gmsaCredentialSpecName: web}\n      securityContext:",
            "windowsOptions",
            &pod,
        ),
        (
            "      serviceAccountName",
            "      gmsaCredentialSpecName: web\n      serviceAccountName",
            "gmsaCredentialSpecName",
            &pod,
        ),
        (
            "        windowsOptions:",
            "        gmsaCredentialSpecName: web\n        windowsOptions:",
            "securityContext.gmsaCredentialSpecName",
            &pod,
        ),
        (
            "        windowsOptions:",
            "        windowOptions: {gmsaCredentialSpecName: web}\n        windowsOptions:",
            "securityContext.windowOptions",
            &pod,
        ),
        (
            "image: registry.example.com/web:ltsc2022,",
            "image: x:1, windowsOptions: {gmsaCredentialSpecName: web},",
            "containers[0].windowsOptions",
            &format!("spec.template.spec.containers[0].{OPTIONS}"),
        ),
    ];
    for (old, new, field, right) in cases {
        assert!(without.contains(old), "{old}");
        only(&manifests(&without.replacen(old, new, 1)), Error, 1, &format!("{POD}.{field}"), &[right.as_str()]);
    }
    let of_deployment =
        without.replace("  replicas: 2", "  securityContext: {windowsOptions: {gmsaCredentialSpecName: web}}");
    only(&manifests(&of_deployment), Error, 1, "4, Deployment web, spec.securityContext", &[&pod]);
}

/// Argo Rollouts and the like: their fields are not in the schema.
#[test]
fn misplaced_name_in_another_kind_is_an_error() {
    let rollout =
        HEALTHY.replace("apiVersion: apps/v1\nkind: Deployment", "apiVersion: argoproj.io/v1alpha1\nkind: Rollout");
    assert_eq!(manifests(&rollout).findings, []);
    assert_eq!(manifests(&rollout).workloads_with_gmsa, 1);
    let wrong = rollout.replace(NAME, "gmsaCredentialSpecname: web");
    let position = "4, Rollout web, spec.template.spec.securityContext.windowsOptions.gmsaCredentialSpecname";
    only(&manifests(&wrong), Error, 1, position, &[&format!("spec.template.spec.{OPTIONS}")]);
    let wrong = rollout
        .replace(r"gmsaCredentialSpecName: web, runAsUserName: 'NT AUTHORITY\NETWORK SERVICE'", "")
        .replace("ltsc2022,", "ltsc2022, securityContext: {gmsaCredentialSpecName: web},");
    let right = format!("spec.template.spec.containers[0].{OPTIONS}");
    only(
        &manifests(&wrong),
        Error,
        1,
        "4, Rollout web, spec.template.spec.containers[0].securityContext.gmsaCredentialSpecName",
        &[&right],
    );
}

#[test]
fn pod_specs_of_other_kinds_are_found_by_their_shape() {
    let pod = HEALTHY.split("---").last().unwrap();
    let (_, template) = pod.split_once("  template:\n").unwrap();
    for (kind, path) in [
        ("apiVersion: apps.openshift.io/v1\nkind: DeploymentConfig", "  template:\n"),
        ("apiVersion: jobset.x-k8s.io/v1alpha2\nkind: JobSet", "  replicatedJobs:\n  - template:\n"),
    ] {
        let text = format!("{kind}\nmetadata: {{name: x, namespace: shop}}\nspec:\n{path}{template}");
        let report = manifests(&text);
        assert_eq!((report.workloads_with_gmsa, report.checked), (1, 1), "{kind}: {report:#?}");
    }
}

#[test]
fn unused_credential_spec_is_a_warning() {
    let text = HEALTHY.replace(&format!("{NAME}, "), "");
    only(&manifests(&text), Warning, 1, "1, GMSACredentialSpec web, metadata.name", &["no workload", OPTIONS]);
    let (specs, _) = HEALTHY.split_once("---\napiVersion: apps/v1").unwrap();
    assert_eq!(manifests(specs).findings, [], "an administrator applies them beforehand");
}

#[test]
fn unused_binding_is_a_warning() {
    let second = HEALTHY
        .split("---")
        .nth(2)
        .unwrap()
        .replace("name: web-account", "name: other")
        .replace("metadata: {name: web-", "metadata: {name: other-");
    let report = manifests(&format!("{HEALTHY}---{second}"));
    only(&report, Warning, 5, "5, RoleBinding other-credential-spec, subjects", &["no workload"]);
}

#[test]
fn files_without_checked_objects_are_nothing_to_check() {
    for text in [
        "services: {web: {image: x, credential_spec: {file: x.json}}}",
        r#"{"family": "web", "containerDefinitions": [{"name": "web", "image": "x"}]}"#,
        "apiVersion: v1\nkind: Service\nmetadata: {name: x}",
        "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x}",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: x}\n\
         rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]",
        "",
    ] {
        let report = manifests(text);
        assert_eq!((report.verdict(), report.findings.len()), (VerdictState::NothingToCheck, 0), "{text}");
        assert_eq!(report.verdict().exit_code(), 3);
    }
    assert_eq!(
        manifests("apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: x}]}").verdict(),
        VerdictState::Healthy
    );
}

#[test]
fn misspelt_kind_is_an_error() {
    let report = changed("kind: GMSACredentialSpec", "kind: GmsaCredentialSpec");
    let finding = &report.findings[0];
    assert_eq!((finding.severity, finding.known_failure, finding.position.field.as_str()), (Error, Some(6), "kind"));
    assert!(finding.why.contains("no matches for kind") && finding.fix == "kind: GMSACredentialSpec", "{finding:#?}");
}
