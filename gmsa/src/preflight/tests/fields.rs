//! Fields, types and versions that the API server refuses.

use super::*;
use Severity::Error;

#[test]
fn unknown_field_names_the_nearest_one() {
    let cases = [
        ("  replicas: 2", "  replica: 2", "4, Deployment web, spec.replica", "replicas"),
        ("serviceAccountName: web-account", "serviceAccountname: web-account", "", "serviceAccountName"),
        ("env: [{name:", "envs: [{name:", "4, Deployment web, spec.template.spec.containers[0].envs", "env"),
        (
            "resourceNames: [web]",
            "resourcenames: [web]",
            "2, ClusterRole web-credential-spec, rules[0].resourcenames",
            "resourceNames",
        ),
    ];
    for (old, new, position, nearest) in cases {
        let report = changed(old, new);
        let unknown = report.findings.iter().find(|finding| finding.what == "no field has this name");
        let unknown = unknown.unwrap_or_else(|| panic!("{new}: {report:#?}"));
        assert!(unknown.fix.starts_with(&format!("{nearest}, or remove it")), "{unknown:#?}");
        assert!(unknown.why.contains("strict decoding error: unknown field"));
        assert!(unknown.position.to_string().contains(position), "{unknown:#?}");
    }
}

#[test]
fn unknown_field_of_a_credential_spec_is_an_error() {
    let field = "credspec.DomainJoinConfig";
    let report = changed("    NetBiosName: CORP\n", "    NetBiosName: CORP\n    NetbiosName: CORP\n");
    only(
        &report,
        Error,
        6,
        &format!("1, GMSACredentialSpec web, {field}.NetbiosName"),
        &["strict decoding error", "NetBiosName"],
    );
    let report = changed("credspec:\n", "spec: {}\ncredspec:\n");
    only(&report, Error, 6, "1, GMSACredentialSpec web, spec", &["strict decoding error: unknown field \"spec\""]);
}

#[test]
fn value_of_another_type_is_an_error_without_the_value() {
    let report = changed("value: x}", "value: 4711}");
    let words = ["number, not string", "cannot unmarshal number", "in quotes"];
    only(&report, Error, None, &format!("{POD}.containers[0].env[0].value"), &words);
    assert!(!format!("{report:?}").contains("4711"), "the value may be a password");
    only(&changed("replicas: 2", "replicas: '2'"), Error, None, "4, Deployment web, spec.replicas", &["not integer"]);
    let report = changed("matchLabels: {app: web}", "matchLabels: {app: yes}");
    only(&report, Error, None, "4, Deployment web, spec.selector.matchLabels.app", &["bool, not string"]);
}

#[test]
fn required_field_that_is_missing_is_an_error() {
    let report = changed("  selector: {matchLabels: {app: web}}\n", "");
    only(&report, Error, None, "4, Deployment web, spec.selector", &["spec.selector: Required value"]);
    assert_eq!(changed("apiGroup: rbac.authorization.k8s.io, ", "").findings, [], "the API server has a default");
}

#[test]
fn removed_version_and_misspelt_kind_are_errors() {
    let position = "4, Deployment web, apiVersion";
    let words = ["no matches for kind \"Deployment\" in version \"extensions/v1beta1\"", "apiVersion: apps/v1"];
    only(&changed("apps/v1", "extensions/v1beta1"), Error, None, position, &words);
    only(&changed("apiVersion: apps/v1\n", ""), Error, None, position, &["apiVersion not set"]);
    let report = changed("kind: Deployment", "kind: deployment");
    only(&report, Error, None, "4, deployment web, kind", &["kind: Deployment"]);
    let other = "---\napiVersion: iam.example.com/v1\nkind: Role\nmetadata: {name: x}\nspec: {policies: []}\n";
    assert_eq!(manifests(&format!("{HEALTHY}{other}")).findings, [], "a kind of the same name in another group");
}

#[test]
fn number_of_findings_per_object_is_bounded() {
    let unknown: String = (0..5000).map(|at| format!(", x{at}: 1")).collect();
    assert_eq!(
        changed("replicas: 2\n", &format!("replicas: 2\n  strategy: {{type: Recreate{unknown}}}\n")).findings.len(),
        100
    );
}
