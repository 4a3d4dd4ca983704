//! Fields that the API server refuses by operating system.

use super::*;
use Severity::Error;

/// The healthy set with `os` and one more field, on the pod or its container.
fn with(os: &str, pod: &str, container: &str) -> PreflightReport {
    let healthy =
        HEALTHY.replace("      nodeSelector:", &format!("      os: {{name: {os}}}\n{pod}      nodeSelector:"));
    manifests(&healthy.replace("value: x}]}", &format!("value: x}}]{container}}}")))
}

#[test]
fn windows_pod_without_forbidden_fields_is_healthy() {
    let container = ", securityContext: {runAsNonRoot: true, windowsOptions: {runAsUserName: 'NT AUTHORITY\\SYSTEM'}}";
    assert_eq!(with("windows", "      hostIPC: false\n      hostPID: false\n", container).findings, []);
}

#[test]
fn forbidden_field_of_a_windows_pod_is_an_error() {
    let fields =
        ["hostUsers: true", "hostUsers: false", "shareProcessNamespace: false", "hostPID: true", "hostIPC: true"];
    for field in fields {
        let name = field.split(':').next().unwrap();
        let message = format!("spec.template.spec.{name}: Forbidden: cannot be set for a windows pod");
        only(&with("windows", &format!("      {field}\n"), ""), Error, None, &format!("{POD}.{name}"), &[&message]);
    }
}

#[test]
fn forbidden_security_context_of_a_windows_pod_is_an_error() {
    let fields = [
        "appArmorProfile: {type: RuntimeDefault}",
        "fsGroup: 1",
        "fsGroupChangePolicy: Always",
        "runAsGroup: 1",
        "runAsUser: 0",
        "seLinuxChangePolicy: Recursive",
        "seLinuxOptions: {level: s0}",
        "seccompProfile: {type: RuntimeDefault}",
        "supplementalGroups: [1]",
        "supplementalGroupsPolicy: Strict",
        "sysctls: [{name: a, value: b}]",
    ];
    for field in fields {
        let name = field.split(':').next().unwrap();
        let text = HEALTHY.replace("      nodeSelector:", "      os: {name: windows}\n      nodeSelector:");
        let text = text.replace("      securityContext:\n", &format!("      securityContext:\n        {field}\n"));
        let message = format!("securityContext.{name}: Forbidden: cannot be set for a windows pod");
        only(&manifests(&text), Error, None, &format!("{POD}.securityContext.{name}"), &[&message]);
    }
}

#[test]
fn forbidden_field_of_a_windows_container_is_an_error() {
    let fields = [
        "allowPrivilegeEscalation: false",
        "appArmorProfile: {type: RuntimeDefault}",
        "capabilities: {drop: [ALL]}",
        "privileged: false",
        "procMount: Default",
        "readOnlyRootFilesystem: false",
        "runAsGroup: 1",
        "runAsUser: 1",
        "seLinuxOptions: {level: s0}",
        "seccompProfile: {type: RuntimeDefault}",
    ];
    for field in fields {
        let name = field.split(':').next().unwrap();
        let report = with("windows", "", &format!(", securityContext: {{{field}}}"));
        let message = format!("containers[0].securityContext.{name}: Forbidden: cannot be set for a windows pod");
        only(&report, Error, None, &format!("{POD}.containers[0].securityContext.{name}"), &[&message]);
        let init = format!("      initContainers: [{{name: i, image: x, securityContext: {{{field}}}}}]\n");
        only(
            &with("windows", &init, ""),
            Error,
            None,
            &format!("{POD}.initContainers[0].securityContext.{name}"),
            &[name],
        );
    }
}

#[test]
fn forbidden_fields_of_other_kinds_are_errors() {
    let job = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: x}\n\
               spec: {schedule: '* * * * *', jobTemplate: {spec: {template: {spec: {os: {name: windows}, \
               hostUsers: false, restartPolicy: Never, containers: [{name: x, image: x}]}}}}}\n";
    only(&manifests(job), Error, None, "1, CronJob x, spec.jobTemplate.spec.template.spec.hostUsers", &["Forbidden"]);
}

#[test]
fn windows_options_of_a_linux_pod_are_an_error() {
    let words = ["windows options cannot be set for a linux pod"];
    only(&with("linux", "", ""), Error, None, &format!("{POD}.securityContext.windowsOptions"), &words);
    let report = with("Windows", "", "");
    only(&report, Error, None, &format!("{POD}.os.name"), &["Unsupported value", "os.name: windows"]);
}

#[test]
fn host_process_container_with_a_gmsa_is_an_error() {
    let host =
        HEALTHY.replace("gmsaCredentialSpecName: web, runAs", "gmsaCredentialSpecName: web, hostProcess: true, runAs");
    let host = host.replace("      nodeSelector:", "      hostNetwork: true\n      nodeSelector:");
    let field = format!("{POD}.securityContext.windowsOptions.hostProcess");
    only(&manifests(&host), Error, None, &field, &["runs as an account of the node"]);
    let other_network = host.replace("hostNetwork: true", "hostNetwork: false");
    assert!(manifests(&other_network).findings.iter().any(|finding| finding.why.contains("hostNetwork must be true")));
    let mixed = host.replace(
        "        - {name: web",
        "        - {name: a, image: a, securityContext: {windowsOptions: {hostProcess: false}}}\n        - {name: web",
    );
    assert!(manifests(&mixed).findings.iter().any(|finding| finding.why.contains("all of its containers must be")));
}
