//! One change per rule to a healthy set of manifests.

mod absence;
mod fields;
mod hostname;
mod limits;
mod nodes;
mod parsing;
mod pods;
mod rbac;
mod sources;
mod specs;
mod template;
mod webhook;
mod windows;

use super::*;

/// A healthy set: a credential spec, the right to use it, and a Deployment that uses it.
const HEALTHY: &str = r#"
apiVersion: windows.k8s.io/v1
kind: GMSACredentialSpec
metadata: {name: web}
credspec:
  ActiveDirectoryConfig:
    GroupManagedServiceAccounts:
      - {Name: webgmsa, Scope: corp.example.com}
      - {Name: webgmsa, Scope: CORP}
    HostAccountConfig:
      PluginGUID: "{CCC2A336-D7F3-4818-A213-272B7924213E}"
      PluginInput: ObjectId=00000000-0000-0000-0000-000000000000;SecretUri=https://v.vault.azure.net/secrets/reader
      PortableCcgVersion: "1"
  CmsPlugins: [ActiveDirectory]
  DomainJoinConfig:
    DnsName: corp.example.com
    DnsTreeName: corp.example.com
    Guid: 00000000-1111-2222-3333-444444444444
    MachineAccountName: webgmsa
    NetBiosName: CORP
    Sid: S-1-5-21-1-2-3
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: web-credential-spec}
rules:
  - {apiGroups: [windows.k8s.io], resources: [gmsacredentialspecs], resourceNames: [web], verbs: [use]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web-credential-spec, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: web-credential-spec}
subjects:
  - {kind: ServiceAccount, name: web-account, namespace: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web-account
      nodeSelector: {kubernetes.io/os: windows}
      securityContext:
        windowsOptions: {gmsaCredentialSpecName: web, runAsUserName: 'NT AUTHORITY\NETWORK SERVICE'}
      containers:
        - {name: web, image: registry.example.com/web:ltsc2022, env: [{name: connectionstring, value: x}]}
"#;

/// The position of its pod spec.
const POD: &str = "4, Deployment web, spec.template.spec";

fn source(text: &str) -> SourceFile {
    SourceFile { name: "manifests.yaml".into(), text: text.to_owned(), has_byte_order_mark: false }
}

fn manifests(text: &str) -> PreflightReport {
    check(Input { manifests: vec![source(text)], ..Input::default() })
}

fn credspec(text: &str) -> PreflightReport {
    check(Input { credential_specs: vec![source(text)], ..Input::default() })
}

/// The report on the healthy set with one thing changed.
fn changed(old: &str, new: &str) -> PreflightReport {
    assert!(HEALTHY.contains(old), "{old}");
    manifests(&HEALTHY.replacen(old, new, 1))
}

/// Asserts that there is one finding, with this severity, number, position and text.
#[track_caller]
fn only(
    report: &PreflightReport,
    severity: Severity,
    known_failure: impl Into<Option<u8>>,
    position: &str,
    texts: &[&str],
) {
    let [finding] = report.findings.as_slice() else { panic!("{:#?}", report.findings) };
    assert_eq!((finding.severity, finding.known_failure), (severity, known_failure.into()), "{finding:#?}");
    assert_eq!(finding.position.to_string(), format!("manifests.yaml, document {position}"));
    let message = [finding.what.as_str(), &finding.why, &finding.fix].join("\n");
    for text in texts {
        assert!(message.contains(text), "{text}: {finding:#?}");
    }
}

#[test]
fn healthy_set_has_no_finding() {
    let report = manifests(HEALTHY);
    assert_eq!(report.findings, []);
    assert_eq!(
        (report.verdict(), report.files, report.documents, report.workloads_with_gmsa),
        (VerdictState::Healthy, 1, 4, 1)
    );
    let (spec, rest) = HEALTHY.split_once("---").unwrap();
    let apart = Input { credential_specs: vec![source(spec)], manifests: vec![source(rest)], ..Input::default() };
    assert_eq!(check(apart).findings, []);
}

#[test]
fn lists_are_unpacked() {
    let documents: Vec<serde_json::Value> = serde_saphyr::from_multiple(HEALTHY).unwrap();
    let list = serde_json::json!({ "kind": "List", "items": documents }).to_string();
    assert_eq!((manifests(&list).findings, manifests(&list).documents), (vec![], 4));
    let wrong = list.replace("\"use\"", "\"get\"");
    only(
        &manifests(&wrong),
        Severity::Error,
        5,
        "1, ClusterRole web-credential-spec, rules[0].verbs",
        &["verbs: [use]"],
    );
}
