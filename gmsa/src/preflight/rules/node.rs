//! Windows pods must reach Windows nodes: on a Linux node they do not run, or run without their gMSA.

use serde_json::Value;

use crate::preflight::finding::Finding;
use crate::preflight::workload::Workload;

/// The labels of a node's operating system.
const OS_LABELS: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];

/// Which nodes a pod may run on.
enum Nodes {
    Windows,
    /// Not Windows, by this field.
    Other(String),
    /// Restricted by labels that say nothing about the operating system.
    Unknown,
    All,
}

pub(super) fn check(workload: &Workload<'_>) -> Option<Finding> {
    const FIX: &str = "nodeSelector: {kubernetes.io/os: windows}";
    // Linux with a gMSA is an error by itself.
    let needs_windows = workload.wants_gmsa() || workload.os() == Some("windows");
    if !needs_windows || workload.os() == Some("linux") {
        return None;
    }
    let position = |field: &str| workload.document.position(workload.field(field));
    let why = match workload.os() {
        Some("windows") => {
            "the scheduler does not read os.name: on a Linux node the kubelet refuses the pod, PodOSNotSupported"
        }
        _ => "on a Linux node the pod does not start, or starts without a gMSA",
    };
    match nodes(workload) {
        Nodes::Windows => None,
        Nodes::Other(field) => {
            let what = "a Windows pod selects nodes that do not run Windows";
            Some(Finding::error(position(&field), what, why, FIX))
        }
        _ if !workload.wants_gmsa() => None,
        Nodes::All => {
            let what = "a pod with a gMSA, and nothing that selects Windows nodes";
            Some(Finding::error(position("nodeSelector"), what, why, FIX))
        }
        Nodes::Unknown => {
            let what = "nothing shows that the selected nodes run Windows";
            Some(Finding::warning(position("nodeSelector"), what, why, format!("{FIX} beside the other labels")))
        }
    }
}

fn nodes(workload: &Workload<'_>) -> Nodes {
    let pod = workload.pod;
    // A node by name, and a RuntimeClass, which may select nodes by itself.
    let is_elsewhere = ["nodeName", "runtimeClassName"].iter().any(|key| pod.get(key).is_some_and(Value::is_string));
    let selector = pod.get("nodeSelector").and_then(Value::as_object).filter(|selector| !selector.is_empty());
    let mut labels = selector.into_iter().flatten();
    if let Some((label, value)) = labels.find(|(label, _)| OS_LABELS.contains(&label.as_str())) {
        return if value == "windows" { Nodes::Windows } else { Nodes::Other(format!("nodeSelector.{label}")) };
    }
    let terms = pod.pointer("/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms");
    let terms = terms.and_then(Value::as_array).filter(|terms| !terms.is_empty());
    let all = || selector.into_iter().flatten();
    // Labels of node pools and of Windows builds name Windows more often than not.
    let names_windows = |text: &str| text.to_lowercase().contains("win");
    let is_windows = is_elsewhere
        || all().any(|(label, value)| names_windows(label) || value.as_str().is_some_and(names_windows))
        || terms.is_some_and(|terms| terms.iter().all(|term| names_windows(&term.to_string())));
    match (is_windows, selector.is_some() || terms.is_some()) {
        (true, _) => Nodes::Windows,
        (false, true) => Nodes::Unknown,
        (false, false) => Nodes::All,
    }
}
