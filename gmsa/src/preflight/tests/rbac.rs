//! The right to use a credential spec: known failure 5.

use super::*;
use Severity::{Error, Warning};

#[test]
fn role_that_lacks_one_part_is_named() {
    let role = "2, ClusterRole web-credential-spec, rules[0]";
    let words = ["service account \"web-account\" is not authorized to `use` GMSA cred spec \"web\""];
    only(
        &changed("verbs: [use]", "verbs: [get, list]"),
        Error,
        5,
        &format!("{role}.verbs"),
        &[words[0], "get, list", "verbs: [use]"],
    );
    only(
        &changed("resourceNames: [web]", "resourceNames: [wed]"),
        Error,
        5,
        &format!("{role}.resourceNames"),
        &["\"wed\"", "resourceNames: [web]"],
    );
    only(
        &changed("apiGroups: [windows.k8s.io]", "apiGroups: ['']"),
        Error,
        5,
        &format!("{role}.apiGroups"),
        &["windows.k8s.io"],
    );
    assert_eq!(changed("resourceNames: [web], verbs: [use]", "verbs: ['*']").findings, [], "all names, all verbs");
}

#[test]
fn binding_that_misses_the_pod_is_named() {
    let binding = "3, RoleBinding web-credential-spec";
    let subject = "{kind: ServiceAccount, name: web-account, namespace: shop}";
    only(
        &changed(subject, &subject.replace("web-account", "other")),
        Error,
        5,
        &format!("{binding}, subjects[0].name"),
        &["\"other\"", "name: web-account"],
    );
    only(
        &changed(subject, &subject.replace("shop", "default")),
        Error,
        5,
        &format!("{binding}, subjects[0].namespace"),
        &["\"default\"", "namespace: shop"],
    );
    let elsewhere = changed("name: web-credential-spec, namespace: shop", "name: web-credential-spec, namespace: else");
    only(&elsewhere, Error, 5, &format!("{binding}, metadata.namespace"), &["\"else\"", "namespace: shop"]);
    let dangling = changed("kind: ClusterRole, name: web-credential-spec}", "kind: ClusterRole, name: wed}");
    only(&dangling, Error, 5, &format!("{binding}, roleRef.name"), &["no ClusterRole is named \"wed\""]);
    let missing = HEALTHY.replace("kind: RoleBinding", "kind: Something");
    only(
        &manifests(&missing),
        Error,
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
fn pod_without_service_account_runs_as_default() {
    let report = changed("      serviceAccountName: web-account\n", "");
    only(&report, Error, 5, "3, RoleBinding web-credential-spec, subjects[0].name", &["runs as \"default\""]);
}

#[test]
fn objects_that_the_cluster_may_have_are_warnings() {
    let report = manifests(HEALTHY.split("---").last().unwrap());
    let failures: Vec<_> =
        report.findings.iter().map(|finding| (finding.severity, finding.known_failure.unwrap())).collect();
    assert_eq!(failures, [(Warning, 6), (Warning, 5)]);
    assert!(
        report.findings[1].fix.contains("bookstore credspec --name web --service-account web-account --namespace shop")
    );
}

#[test]
fn subject_without_namespace_has_that_of_its_binding() {
    let subject = "{kind: ServiceAccount, name: web-account, namespace: shop}";
    let without = "{kind: ServiceAccount, name: web-account}";
    assert_eq!(changed(subject, without).findings, []);
    let elsewhere = HEALTHY
        .replace(subject, without)
        .replace("metadata: {name: web, namespace: shop}", "metadata: {name: web, namespace: other}");
    assert_eq!(manifests(&elsewhere).verdict(), VerdictState::Failed);
    let cluster = HEALTHY
        .replace("kind: RoleBinding", "kind: ClusterRoleBinding")
        .replace("metadata: {name: web-credential-spec, namespace: shop}", "metadata: {name: web-credential-spec}");
    assert_eq!(manifests(&cluster).findings, []);
    let refused = manifests(&cluster.replace(subject, without));
    let finding = &refused.findings[0];
    assert_eq!((finding.severity, finding.position.field.as_str()), (Error, "subjects[0].namespace"));
    assert!(finding.why.contains("subjects[0].namespace: Required value"), "{finding:#?}");
}

#[test]
fn aggregated_role_has_the_rules_of_the_selected_ones() {
    let aggregated = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\n\
                      aggregationRule: {clusterRoleSelectors: [SELECTOR]}\n\
                      rules: [{apiGroups: [windows.k8s.io], resources: [gmsacredentialspecs], verbs: [get]}]\n";
    let labelled = HEALTHY
        .replace(
            "metadata: {name: web-credential-spec}",
            "metadata: {name: web-credential-spec, labels: {to: all, of: web}}",
        )
        .replace("kind: ClusterRole, name: web-credential-spec}", "kind: ClusterRole, name: all}");
    let with = |selector: &str| manifests(&format!("{labelled}{}", aggregated.replace("SELECTOR", selector)));
    for right in [
        "{matchLabels: {to: all}}",
        "{}",
        "{matchLabels: {to: none}}, {matchLabels: {of: web}}",
        "{matchExpressions: [{key: to, operator: In, values: [all, some]}, {key: of, operator: Exists}]}",
        "{matchExpressions: [{key: to, operator: NotIn, values: [none]}, {key: x, operator: DoesNotExist}]}",
    ] {
        assert_eq!(with(right).findings, [], "{right}");
    }
    for wrong in [
        "{matchLabels: {to: none}}",
        "{matchLabels: {to: all, of: none}}",
        "{matchExpressions: [{key: to, operator: NotIn, values: [all]}]}",
        "{matchExpressions: [{key: x, operator: Exists}]}",
    ] {
        assert_eq!(with(wrong).verdict(), VerdictState::Failed, "{wrong}");
    }
}

#[test]
fn missing_service_account_is_refused_before_the_webhook() {
    let accounts = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web-account, namespace: shop}\n";
    let healthy = format!("{HEALTHY}{accounts}");
    assert_eq!(manifests(&healthy).findings, []);
    let field = format!("{POD}.serviceAccountName");
    let typo = manifests(&healthy.replace("serviceAccountName: web-account", "serviceAccountName: web-acount"));
    let words =
        ["before it asks the webhook: serviceaccount \"web-acount\" not found", "serviceAccountName: web-account"];
    let finding = &typo.findings[0];
    assert_eq!((finding.severity, finding.position.field.as_str()), (Error, "spec.template.spec.serviceAccountName"));
    words.iter().for_each(|text| assert!(format!("{} {}", finding.why, finding.fix).contains(text), "{finding:#?}"));
    let other = manifests(&healthy.replace("serviceAccountName: web-account", "serviceAccountName: operator"));
    assert!(
        other
            .findings
            .iter()
            .any(|finding| finding.severity == Warning && finding.position.to_string().ends_with(&field))
    );
    let without = changed("serviceAccountName: web-account", "serviceAccountName: web-acount");
    assert!(without.findings[0].why.contains("serviceaccount \"web-acount\" not found"), "{without:#?}");
}

#[test]
fn binding_of_another_api_group_is_an_error() {
    let binding = "3, RoleBinding web-credential-spec";
    let report = changed("roleRef: {apiGroup: rbac.authorization.k8s.io,", "roleRef: {apiGroup: rbac,");
    only(
        &report,
        Error,
        None,
        &format!("{binding}, roleRef.apiGroup"),
        &["Unsupported value", "rbac.authorization.k8s.io"],
    );
    let report = changed("{kind: ServiceAccount,", "{kind: ServiceAccount, apiGroup: rbac.authorization.k8s.io,");
    only(&report, Error, None, &format!("{binding}, subjects[0].apiGroup"), &["Unsupported value"]);
}
