//! The right to use a credential spec: row 5.

use super::*;
use Severity::{Broken, Warning};

#[test]
fn row_5_the_role_lacks_something() {
    let role = "2, ClusterRole web-credential-spec, rules[0]";
    let words = ["service account \"web-account\" is not authorized to `use` GMSA cred spec \"web\""];
    only(
        &changed("verbs: [use]", "verbs: [get, list]"),
        Broken,
        5,
        &format!("{role}.verbs"),
        &[words[0], "get, list", "verbs: [use]"],
    );
    only(
        &changed("resourceNames: [web]", "resourceNames: [wed]"),
        Broken,
        5,
        &format!("{role}.resourceNames"),
        &["\"wed\"", "resourceNames: [web]"],
    );
    only(
        &changed("apiGroups: [windows.k8s.io]", "apiGroups: ['']"),
        Broken,
        5,
        &format!("{role}.apiGroups"),
        &["windows.k8s.io"],
    );
    assert_eq!(changed("resourceNames: [web], verbs: [use]", "verbs: ['*']").findings, [], "all names, all verbs");
}

#[test]
fn row_5_the_binding_is_for_somebody_else() {
    let binding = "3, RoleBinding web-credential-spec";
    let subject = "{kind: ServiceAccount, name: web-account, namespace: shop}";
    only(
        &changed(subject, &subject.replace("web-account", "other")),
        Broken,
        5,
        &format!("{binding}, subjects[0].name"),
        &["\"other\"", "name: web-account"],
    );
    only(
        &changed(subject, &subject.replace("shop", "default")),
        Broken,
        5,
        &format!("{binding}, subjects[0].namespace"),
        &["\"default\"", "namespace: shop"],
    );
    let elsewhere = changed("name: web-credential-spec, namespace: shop", "name: web-credential-spec, namespace: else");
    only(&elsewhere, Broken, 5, &format!("{binding}, metadata.namespace"), &["\"else\"", "namespace: shop"]);
    let dangling = changed("kind: ClusterRole, name: web-credential-spec}", "kind: ClusterRole, name: wed}");
    only(&dangling, Broken, 5, &format!("{binding}, roleRef.name"), &["no ClusterRole is named \"wed\""]);
    let missing = SOUND.replace("kind: RoleBinding", "kind: Something");
    only(
        &manifests(&missing),
        Broken,
        5,
        "2, ClusterRole web-credential-spec",
        &["no binding gives it to the service account \"web-account\""],
    );
    for right in [
        "{kind: Group, name: 'system:serviceaccounts:shop'}",
        "{kind: User, name: 'system:serviceaccount:shop:web-account'}",
    ] {
        assert_eq!(changed(subject, right).findings, [], "{right}");
    }
}

#[test]
fn row_5_a_pod_without_an_account_runs_as_default() {
    let report = changed("      serviceAccountName: web-account\n", "");
    only(&report, Broken, 5, "3, RoleBinding web-credential-spec, subjects[0].name", &["runs as \"default\""]);
}

#[test]
fn row_5_and_6_what_a_cluster_may_have_is_only_a_warning() {
    let report = manifests(SOUND.split("---").last().unwrap());
    let rows: Vec<_> = report.findings.iter().map(|finding| (finding.severity, finding.row.unwrap())).collect();
    assert_eq!(rows, [(Warning, 6), (Warning, 5)]);
    assert!(
        report.findings[1].fix.contains("bookstore credspec --name web --service-account web-account --namespace shop")
    );
}
