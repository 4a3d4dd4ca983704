//! Pods: rows 1, 5, 6, 11 and 31.

use super::*;
use Severity::{Broken, Warning};

#[test]
fn row_1_an_init_container_does_not_get_what_only_containers_name() {
    let init = "      initContainers:\n        - {name: wait, image: x:1, env: [{name: connectionstring, value: x}]}\n      containers:";
    assert_eq!(changed("      containers:", init).findings, [], "the pod's name counts for all of its containers");
    let text = SOUND.replace("gmsaCredentialSpecName: web, ", "").replace("      containers:", init);
    let named =
        "image: registry.example.com/web:ltsc2022, securityContext: {windowsOptions: {gmsaCredentialSpecName: web}}";
    let text = text.replace("image: registry.example.com/web:ltsc2022", named);
    only(&manifests(&text), Warning, 1, &format!("{POD}.initContainers[0]"), &["\"wait\"", "for the whole pod"]);
    let own =
        text.replace("image: x:1", "image: x:1, securityContext: {windowsOptions: {gmsaCredentialSpecName: web}}");
    let field = "initContainers[0].securityContext.windowsOptions.gmsaCredentialSpecName";
    only(&manifests(&own), Broken, 1, &format!("{POD}.{field}"), &["looks at the pod and at its containers only"]);
}

#[test]
fn row_5_two_levels_of_names_need_both_rights() {
    let container =
        "image: registry.example.com/web:ltsc2022, securityContext: {windowsOptions: {gmsaCredentialSpecName: web}}";
    let report = changed("image: registry.example.com/web:ltsc2022", container);
    let field = "containers[0].securityContext.windowsOptions.gmsaCredentialSpecName";
    only(&report, Warning, 5, &format!("{POD}.{field}"), &["the container's wins"]);
}

#[test]
fn row_6_a_name_that_no_credential_spec_has() {
    let text = SOUND
        .replace("gmsaCredentialSpecName: web", "gmsaCredentialSpecName: wed")
        .replace("resourceNames: [web]", "resourceNames: [wed]");
    let field = "securityContext.windowsOptions.gmsaCredentialSpecName";
    only(
        &manifests(&text),
        Broken,
        6,
        &format!("{POD}.{field}"),
        &["\"wed\"", "does not exist", "web, which is there"],
    );
}

#[test]
fn row_6_content_in_the_pod() {
    let field = format!("{POD}.securityContext.windowsOptions.gmsaCredentialSpec");
    let stale = changed("gmsaCredentialSpecName: web,", "gmsaCredentialSpecName: web, gmsaCredentialSpec: '{}',");
    only(&stale, Broken, 6, &field, &["…does not match…", "only gmsaCredentialSpecName"]);
    let nameless = changed("gmsaCredentialSpecName: web,", "gmsaCredentialSpec: '{}',");
    only(&nameless, Broken, 6, &field, &["no name of one"]);
    let spec: serde_json::Value = serde_saphyr::from_str(SOUND.split("---").next().unwrap()).unwrap();
    let same = format!("gmsaCredentialSpecName: web, gmsaCredentialSpec: '{}',", spec["credspec"]);
    only(&changed("gmsaCredentialSpecName: web,", &same), Warning, 6, &field, &["once the credential spec changes"]);
}

#[test]
fn row_11_an_account_to_which_windows_gives_no_gmsa() {
    let report = changed(r"NT AUTHORITY\NETWORK SERVICE", "ContainerUser");
    let field = format!("{POD}.securityContext.windowsOptions.runAsUserName");
    only(&report, Warning, 11, &field, &["\"ContainerUser\"", "0x8009030E", "NETWORK SERVICE"]);
    assert_eq!(report.worst(), Some(Warning));
    assert_eq!(changed(r"NT AUTHORITY\NETWORK SERVICE", r"NT AUTHORITY\SYSTEM").findings, []);
}

#[test]
fn row_11_is_put_aside_where_the_workload_says_why() {
    let text = SOUND.replace(r"NT AUTHORITY\NETWORK SERVICE", "ContainerAdministrator");
    let reason = "annotations: {bookstore/accept-row-11: its service runs as NETWORK SERVICE}";
    let report = manifests(&text.replace("metadata: {labels:", &format!("metadata: {{{reason}, labels:")));
    assert_eq!(report.findings, []);
    assert_eq!(report.accepted[0].reason, "its service runs as NETWORK SERVICE");
    let broken = SOUND
        .replace("web:ltsc2022", "nanoserver:ltsc2022")
        .replace("metadata: {labels:", "metadata: {annotations: {bookstore/accept-row-31: x}, labels:");
    assert_eq!(manifests(&broken).worst(), Some(Broken), "what is broken stays");
}

#[test]
fn row_31_nanoserver() {
    let report = changed("registry.example.com/web:ltsc2022", "mcr.microsoft.com/windows/nanoserver:ltsc2022");
    only(&report, Broken, 31, &format!("{POD}.containers[0].image"), &["April 2024", "servercore"]);
}
