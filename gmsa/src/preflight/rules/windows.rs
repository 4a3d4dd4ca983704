//! Fields that the API server refuses by the pod's operating system.
//!
//! Source: `validateWindows`, `validateLinux` and `validateWindowsHostProcessPod` of Kubernetes'
//! pkg/apis/core/validation.

use serde_json::Value;

use crate::credential_spec::excerpt;
use crate::preflight::finding::Finding;
use crate::preflight::workload::{Part, Workload};

/// Forbidden on the pod if `spec.os.name` is windows, whatever the value.
const FORBIDDEN_ON_POD: [&str; 13] = [
    "hostUsers",
    "shareProcessNamespace",
    "securityContext.appArmorProfile",
    "securityContext.fsGroup",
    "securityContext.fsGroupChangePolicy",
    "securityContext.runAsGroup",
    "securityContext.runAsUser",
    "securityContext.seLinuxChangePolicy",
    "securityContext.seLinuxOptions",
    "securityContext.seccompProfile",
    "securityContext.supplementalGroups",
    "securityContext.supplementalGroupsPolicy",
    "securityContext.sysctls",
];
/// Forbidden on the pod if true.
const FORBIDDEN_IF_TRUE: [&str; 2] = ["hostIPC", "hostPID"];
/// Forbidden on every container, init and ephemeral ones too, whatever the value.
const FORBIDDEN_ON_CONTAINER: [&str; 10] = [
    "securityContext.allowPrivilegeEscalation",
    "securityContext.appArmorProfile",
    "securityContext.capabilities",
    "securityContext.privileged",
    "securityContext.procMount",
    "securityContext.readOnlyRootFilesystem",
    "securityContext.runAsGroup",
    "securityContext.runAsUser",
    "securityContext.seLinuxOptions",
    "securityContext.seccompProfile",
];

pub(super) fn check(workload: &Workload<'_>) -> Vec<Finding> {
    let mut findings = match workload.os() {
        None => Vec::new(),
        Some("windows") => check_windows(workload),
        Some("linux") => check_linux(workload),
        Some(other) => {
            let position = workload.document.position(workload.field("os.name"));
            let why = "the API server refuses the object: Unsupported value: supported values: \"linux\", \"windows\"";
            vec![Finding::error(position, excerpt(other), why, "os.name: windows")]
        }
    };
    findings.extend(check_host_process(workload));
    findings
}

fn check_windows(workload: &Workload<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for part in workload.parts() {
        let fields = if part.is_pod() { FORBIDDEN_ON_POD.as_slice() } else { FORBIDDEN_ON_CONTAINER.as_slice() };
        let set = fields.iter().filter(|field| is_set(&part, field));
        let on =
            FORBIDDEN_IF_TRUE.iter().filter(|field| part.is_pod() && get(&part, field) == Some(&Value::Bool(true)));
        for field in set.chain(on) {
            let path = format!("{}.{field}", part.field);
            let why = format!("the API server refuses the object: {path}: Forbidden: cannot be set for a windows pod");
            let fix = "remove it, also a value of false; only a Linux pod may have it";
            findings.push(Finding::error(workload.document.position(path), "set on a Windows pod", why, fix));
        }
    }
    findings
}

fn check_linux(workload: &Workload<'_>) -> Vec<Finding> {
    let parts = workload.parts();
    let has_options = parts.iter().filter(|part| is_set(part, "securityContext.windowsOptions"));
    let finding = |part: &Part<'_>| {
        let path = format!("{}.securityContext.windowsOptions", part.field);
        let why = format!(
            "the API server refuses the object: {path}: Forbidden: windows options cannot be set for a linux pod"
        );
        let fix = "os.name: windows, and a nodeSelector for Windows nodes; or remove windowsOptions";
        Finding::error(workload.document.position(path), "Windows options on a Linux pod", why, fix)
    };
    has_options.map(finding).collect()
}

/// HostProcess containers: the API server wants all containers of a pod alike on the host's network, and none has a
/// gMSA.
fn check_host_process(workload: &Workload<'_>) -> Vec<Finding> {
    let parts = workload.parts();
    let Some((pod, containers)) = parts.split_first() else { return Vec::new() };
    let is_on = |part: &Part<'_>| part.windows_option("hostProcess").and_then(|(_, value)| value.as_bool());
    let of_pod = is_on(pod).unwrap_or_default();
    let on: Vec<&Part<'_>> = containers.iter().filter(|part| is_on(part).unwrap_or(of_pod)).collect();
    let Some(first) = on.first() else { return Vec::new() };
    let field = |part: &Part<'_>| part.windows_option("hostProcess").map(|(field, _)| field);
    let position = field(first).or_else(|| field(pod)).unwrap_or_else(|| first.field.clone());
    let mut findings = Vec::new();
    let mut error = |what: &str, why: &str, fix: &str| {
        findings.push(Finding::error(workload.document.position(position.clone()), what, why, fix));
    };
    if on.len() < containers.len() {
        let why = "the API server refuses the object: if a pod contains any hostProcess containers then all of its \
                   containers must be HostProcess containers";
        error("not all containers are HostProcess containers", why, "hostProcess: true for the pod, or for none");
    }
    if workload.pod.get("hostNetwork").and_then(Value::as_bool) != Some(true) {
        let why =
            "the API server refuses the object: hostNetwork must be true if a pod contains any hostProcess containers";
        error("a HostProcess container without the host's network", why, "hostNetwork: true, or no hostProcess");
    }
    if on.iter().any(|part| part.spec_name().is_some()) || pod.spec_name().is_some() {
        let why = "a HostProcess container runs as an account of the node: the gMSA has no effect";
        error("a HostProcess container with a gMSA", why, "no hostProcess");
    }
    findings
}

fn is_set(part: &Part<'_>, field: &str) -> bool {
    get(part, field).is_some_and(|value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()))
}

fn get<'a>(part: &Part<'a>, field: &str) -> Option<&'a Value> {
    field.split('.').try_fold(part.value, |value, key| value.get(key))
}
