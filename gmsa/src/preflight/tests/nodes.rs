//! Pods with a gMSA that may run on Linux nodes.

use super::*;
use Severity::{Error, Warning};

const SELECTOR: &str = "      nodeSelector: {kubernetes.io/os: windows}\n";

#[test]
fn gmsa_without_windows_node_selector_is_an_error() {
    let field = format!("{POD}.nodeSelector");
    only(&changed(SELECTOR, ""), Error, None, &field, &["selects Windows nodes", "kubernetes.io/os: windows"]);
    let os = changed(SELECTOR, "      os: {name: windows}\n");
    only(&os, Error, None, &field, &["the scheduler does not read os.name", "PodOSNotSupported"]);
    let linux = changed(SELECTOR, "      nodeSelector: {kubernetes.io/os: linux}\n");
    only(&linux, Error, None, &format!("{POD}.nodeSelector.kubernetes.io/os"), &["do not run Windows"]);
    let other = changed(SELECTOR, "      nodeSelector: {pool: blue}\n");
    only(&other, Warning, None, &field, &["nothing shows"]);
}

#[test]
fn windows_nodes_are_recognised() {
    let affinity = "      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: \
                    {nodeSelectorTerms: [{matchExpressions: \
                    [{key: kubernetes.io/os, operator: In, values: [windows]}]}]}}}\n";
    for right in [
        "      nodeSelector: {beta.kubernetes.io/os: windows}\n",
        "      nodeSelector: {node.kubernetes.io/windows-build: 10.0.20348}\n",
        "      nodeSelector: {agentpool: winpool}\n",
        "      runtimeClassName: windows-2022\n",
        "      nodeName: node-7\n",
        affinity,
    ] {
        assert_eq!(changed(SELECTOR, right).findings, [], "{right}");
    }
}

#[test]
fn pod_without_gmsa_may_run_anywhere() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: x, image: x}]}\n";
    assert_eq!(manifests(pod).findings, []);
}

#[test]
fn windows_pod_on_linux_nodes_is_an_error_without_gmsa_too() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n\
               spec: {os: {name: windows}, nodeSelector: {kubernetes.io/os: linux}, \
               containers: [{name: x, image: x}]}\n";
    only(&manifests(pod), Error, None, "1, Pod x, spec.nodeSelector.kubernetes.io/os", &["PodOSNotSupported"]);
    assert_eq!(manifests(&pod.replace("nodeSelector: {kubernetes.io/os: linux}, ", "")).findings, []);
}
