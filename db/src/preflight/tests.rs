//! A fault for each row, in small real manifests; and that no file is too strange or too large to be looked at.

mod hostname;
mod limits;
mod pods;
mod rbac;
mod specs;
mod webhook;

use super::*;

/// A sound set: a credential spec, the right to use it, and a Deployment that does.
const SOUND: &str = r#"
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
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web-account
      securityContext:
        windowsOptions: {gmsaCredentialSpecName: web, runAsUserName: 'NT AUTHORITY\NETWORK SERVICE'}
      containers:
        - {name: web, image: registry.example.com/web:ltsc2022, env: [{name: connectionstring, value: x}]}
"#;

/// Its pods, as a place names them.
const POD: &str = "4, Deployment web, spec.template.spec";

fn source(text: &str) -> Source {
    Source { name: "manifests.yaml".into(), text: text.to_owned() }
}

fn manifests(text: &str) -> Report {
    examine(Input { manifests: vec![source(text)], ..Input::default() })
}

fn credspec(text: &str) -> Report {
    examine(Input { credential_specs: vec![source(text)], ..Input::default() })
}

/// The sound set with one thing changed.
fn changed(old: &str, new: &str) -> Report {
    assert!(SOUND.contains(old), "{old}");
    manifests(&SOUND.replacen(old, new, 1))
}

/// The only finding: its severity, row, place and words.
#[track_caller]
fn only(report: &Report, severity: Severity, row: u8, place: &str, words: &[&str]) {
    let [finding] = report.findings.as_slice() else { panic!("{:#?}", report.findings) };
    assert_eq!((finding.severity, finding.row), (severity, Some(row)), "{finding:#?}");
    assert_eq!(finding.place.to_string(), format!("manifests.yaml, document {place}"));
    let said = [finding.what.as_str(), &finding.why, &finding.fix].join("\n");
    for words in words {
        assert!(said.contains(words), "{words}: {finding:#?}");
    }
}

#[test]
fn a_sound_set_has_no_finding() {
    let report = manifests(SOUND);
    assert_eq!(report.findings, []);
    assert_eq!((report.worst(), report.files, report.documents, report.pods), (None, 1, 4, 1));
    let (spec, rest) = SOUND.split_once("---").unwrap();
    let apart = Input { credential_specs: vec![source(spec)], manifests: vec![source(rest)], ..Input::default() };
    assert_eq!(examine(apart).findings, []);
}

#[test]
fn a_list_is_its_items() {
    let documents: Vec<serde_json::Value> = serde_saphyr::from_multiple(SOUND).unwrap();
    let list = serde_json::json!({ "kind": "List", "items": documents }).to_string();
    assert_eq!((manifests(&list).findings, manifests(&list).documents), (vec![], 4));
    let wrong = list.replace("\"use\"", "\"get\"");
    only(
        &manifests(&wrong),
        Severity::Broken,
        5,
        "1, ClusterRole web-credential-spec, rules[0].verbs",
        &["verbs: [use]"],
    );
}
