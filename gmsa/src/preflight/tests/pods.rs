//! Pods: known failures 1, 5, 6, 11 and 31.

use super::*;
use Severity::{Error, Warning};

#[test]
fn init_container_does_not_get_the_gmsa_of_containers() {
    let init = "      initContainers:\n        - {name: wait, image: x:1, env: \
                [{name: connectionstring, value: x}]}\n      containers:";
    assert_eq!(changed("      containers:", init).findings, [], "the name of the pod counts for all containers");
    let text = HEALTHY.replace("gmsaCredentialSpecName: web, ", "").replace("      containers:", init);
    let named =
        "image: registry.example.com/web:ltsc2022, securityContext: {windowsOptions: {gmsaCredentialSpecName: web}}";
    let text = text.replace("image: registry.example.com/web:ltsc2022", named);
    only(&manifests(&text), Warning, 1, &format!("{POD}.initContainers[0]"), &["\"wait\"", "for the whole pod"]);
    let own =
        text.replace("image: x:1", "image: x:1, securityContext: {windowsOptions: {gmsaCredentialSpecName: web}}");
    let field = "initContainers[0].securityContext.windowsOptions.gmsaCredentialSpecName";
    only(&manifests(&own), Error, 1, &format!("{POD}.{field}"), &["reads the pod and its containers only"]);
}

#[test]
fn names_at_two_levels_need_both_rights() {
    let container =
        "image: registry.example.com/web:ltsc2022, securityContext: {windowsOptions: {gmsaCredentialSpecName: web}}";
    let report = changed("image: registry.example.com/web:ltsc2022", container);
    let field = "containers[0].securityContext.windowsOptions.gmsaCredentialSpecName";
    only(&report, Warning, 5, &format!("{POD}.{field}"), &["the container's name is used"]);
}

#[test]
fn name_without_credential_spec_is_an_error() {
    let text = HEALTHY
        .replace("gmsaCredentialSpecName: web", "gmsaCredentialSpecName: wed")
        .replace("resourceNames: [web]", "resourceNames: [wed]");
    let field = "securityContext.windowsOptions.gmsaCredentialSpecName";
    only(&manifests(&text), Error, 6, &format!("{POD}.{field}"), &["\"wed\"", "does not exist", "web, which is there"]);
}

#[test]
fn content_of_a_credential_spec_in_the_pod_is_reported() {
    let field = format!("{POD}.securityContext.windowsOptions.gmsaCredentialSpec");
    let stale = changed("gmsaCredentialSpecName: web,", "gmsaCredentialSpecName: web, gmsaCredentialSpec: '{}',");
    only(&stale, Error, 6, &field, &["…does not match…", "only gmsaCredentialSpecName"]);
    let nameless = changed("gmsaCredentialSpecName: web,", "gmsaCredentialSpec: '{}',");
    only(&nameless, Error, 6, &field, &["without its name"]);
    let spec: serde_json::Value = serde_saphyr::from_str(HEALTHY.split("---").next().unwrap()).unwrap();
    let same = format!("gmsaCredentialSpecName: web, gmsaCredentialSpec: '{}',", spec["credspec"]);
    only(&changed("gmsaCredentialSpecName: web,", &same), Warning, 6, &field, &["once the credential spec changes"]);
}

#[test]
fn account_without_access_to_the_gmsa_is_a_warning() {
    let report = changed(r"NT AUTHORITY\NETWORK SERVICE", "ContainerUser");
    let field = format!("{POD}.securityContext.windowsOptions.runAsUserName");
    only(&report, Warning, 11, &field, &["\"ContainerUser\"", "0x8009030E", "NETWORK SERVICE"]);
    assert_eq!(report.verdict(), VerdictState::Warnings);
    for account in
        [r"NT AUTHORITY\SYSTEM", r"NT AUTHORITY\NetworkService", r"nt authority\networkservice", "LocalSystem"]
    {
        assert_eq!(changed(r"NT AUTHORITY\NETWORK SERVICE", account).findings, [], "{account}");
    }
}

#[test]
fn annotated_warning_is_accepted_with_its_reason() {
    let text = HEALTHY.replace(r"NT AUTHORITY\NETWORK SERVICE", "ContainerAdministrator");
    let reason = "annotations: {bookstore/accept-known-failure-11: its service runs as NETWORK SERVICE}";
    let report = manifests(&text.replace("metadata: {labels:", &format!("metadata: {{{reason}, labels:")));
    assert_eq!(report.findings, []);
    assert_eq!(report.accepted[0].reason, "its service runs as NETWORK SERVICE");
    let broken = HEALTHY
        .replace("web:ltsc2022", "nanoserver:ltsc2022")
        .replace("metadata: {labels:", "metadata: {annotations: {bookstore/accept-known-failure-31: x}, labels:");
    assert_eq!(manifests(&broken).verdict(), VerdictState::Failed, "errors cannot be accepted");
}

#[test]
fn nanoserver_image_is_an_error() {
    let report = changed("registry.example.com/web:ltsc2022", "mcr.microsoft.com/windows/nanoserver:ltsc2022");
    only(&report, Error, 31, &format!("{POD}.containers[0].image"), &["April 2024", "servercore"]);
}
