//! One test a row.

use super::*;
use Severity::{Broken, Warning};

const POD: &str = "4, Deployment web, spec.template.spec";

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
fn row_4_one_host_name_for_many_pods() {
    let (old, new) = ("      serviceAccountName", "      hostname: shop\n      serviceAccountName");
    let field = format!("{POD}.hostname");
    only(
        &changed(old, new),
        Broken,
        4,
        &field,
        &["spec.replicas is 2", "1787 ERROR_NO_TRUST_SAM_ACCOUNT", "no hostname"],
    );
    let single = SOUND.replace(old, new).replace("  replicas: 2\n", "");
    assert_eq!(manifests(&single).findings, [], "one pod is alone with its name");
    let scaled = "---\nkind: HorizontalPodAutoscaler\nmetadata: {name: h, namespace: shop}\n\
                  spec: {maxReplicas: 9, scaleTargetRef: {kind: Deployment, name: web}}\n";
    only(&manifests(&format!("{single}{scaled}")), Broken, 4, &field, &["up to 9 replicas"]);
    assert_eq!(
        manifests(&SOUND.replace(old, new).replace("Deployment", "StatefulSet")).findings,
        [],
        "names of its own"
    );
    let second = single.split("---").last().unwrap().replace("metadata: {name: web,", "metadata: {name: second,");
    let place = "5, Deployment second, spec.template.spec.hostname";
    only(&manifests(&format!("{single}---{second}")), Broken, 4, place, &["Deployment web has the same host name"]);
}

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
fn row_5_two_levels_of_names_need_both_rights() {
    let container =
        "image: registry.example.com/web:ltsc2022, securityContext: {windowsOptions: {gmsaCredentialSpecName: web}}";
    let report = changed("image: registry.example.com/web:ltsc2022", container);
    let field = "containers[0].securityContext.windowsOptions.gmsaCredentialSpecName";
    only(&report, Warning, 5, &format!("{POD}.{field}"), &["the container's wins"]);
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
fn row_6_the_credential_specs_own_envelope() {
    let spec = "1, GMSACredentialSpec web";
    only(
        &changed("windows.k8s.io/v1", "windows.k8s.io/v1alpha1"),
        Warning,
        6,
        &format!("{spec}, apiVersion"),
        &["deprecated"],
    );
    only(
        &changed("windows.k8s.io/v1", "windows.k8s.io/v2"),
        Broken,
        6,
        &format!("{spec}, apiVersion"),
        &["no such version"],
    );
    only(&changed("credspec:", "spec:"), Broken, 6, &format!("{spec}, credspec"), &["does not have a credspec key"]);
    only(
        &changed("metadata: {name: web}", "metadata: {name: web, namespace: shop}"),
        Warning,
        6,
        &format!("{spec}, metadata.namespace"),
        &["belongs to the cluster"],
    );
    let text = SOUND
        .replace("metadata: {name: web}", "metadata: {name: Web_1}")
        .replace("Name: web,", "Name: Web_1,")
        .replace("[web]", "[Web_1]");
    only(&manifests(&text), Broken, 6, "1, GMSACredentialSpec Web_1, metadata.name", &["a name like web-1"]);
}

#[test]
fn row_7_a_webhook_alone() {
    let webhook = "---\nkind: Deployment\nmetadata: {name: gmsa}\n\
                   spec: {template: {spec: {containers: [{name: w, image: registry.k8s.io/gmsa-webhook/k8s-gmsa-webhook:v0.13.0}]}}}\n";
    only(&manifests(&format!("{SOUND}{webhook}")), Warning, 7, "5, Deployment gmsa, spec.replicas", &["replicas: 2"]);
    let two = webhook.replace("spec: {template", "spec: {replicas: 2, template");
    assert_eq!(manifests(&format!("{SOUND}{two}")).findings, []);
}

#[test]
fn row_8_the_plugin() {
    const HOST: &str = "1, GMSACredentialSpec web, credspec.ActiveDirectoryConfig.HostAccountConfig";
    let (quoted, bare) = (r#""{CCC2A336-D7F3-4818-A213-272B7924213E}""#, "CCC2A336-D7F3-4818-A213-272B7924213E");
    only(
        &changed(quoted, bare),
        Broken,
        8,
        &format!("{HOST}.PluginGUID"),
        &["without braces", "CCG events", "\"{CCC2A336-"],
    );
    only(
        &changed(quoted, &format!("{{{bare}}}")),
        Broken,
        8,
        &format!("{HOST}.PluginGUID"),
        &["without quotes", "\"{CCC2A336-"],
    );
    only(
        &changed("ObjectId=", "objectid="),
        Broken,
        8,
        &format!("{HOST}.PluginInput"),
        &["ObjectId=IDENTITY;SecretUri="],
    );
    only(
        &changed("[ActiveDirectory]", "[Other]"),
        Broken,
        8,
        "1, GMSACredentialSpec web, credspec.CmsPlugins",
        &["[ActiveDirectory]"],
    );
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
fn row_30_fields() {
    const SPEC: &str = "1, GMSACredentialSpec web, credspec";
    let object = changed(
        "PluginInput: ObjectId=00000000-0000-0000-0000-000000000000;SecretUri=https://v.vault.azure.net/secrets/reader",
        "PluginInput: {credentialArn: arn}",
    );
    let input = format!("{SPEC}.ActiveDirectoryConfig.HostAccountConfig.PluginInput");
    only(&object, Broken, 30, &input, &["the syntax of ECS", r#"'{"credentialArn":"arn"}'"#]);
    let domain = format!("{SPEC}.DomainJoinConfig");
    only(
        &changed("Sid: S-1-5-21-1-2-3", "Sid: S-1-5-21-1-2-3-1104"),
        Warning,
        30,
        &format!("{domain}.Sid"),
        &["account", "S-1-5-21-1-2-3"],
    );
    only(
        &changed("MachineAccountName: webgmsa", "MachineAccountName: web"),
        Broken,
        30,
        &format!("{domain}.MachineAccountName"),
        &["none of GroupManaged"],
    );
    let long = SOUND.replace("webgmsa", "sixteen-letters-");
    assert!(
        manifests(&long)
            .findings
            .iter()
            .all(|finding| finding.row == Some(30) && finding.why.contains("16 characters"))
    );
    let dns =
        SOUND.replace("DnsName: corp.example.com", "DnsName: CORP").replace("Scope: corp.example.com", "Scope: CORP");
    only(&manifests(&dns), Broken, 30, &format!("{domain}.DnsName"), &["NetBIOS name where the DNS name belongs"]);
}

#[test]
fn row_31_nanoserver() {
    let report = changed("registry.example.com/web:ltsc2022", "mcr.microsoft.com/windows/nanoserver:ltsc2022");
    only(&report, Broken, 31, &format!("{POD}.containers[0].image"), &["April 2024", "servercore"]);
}

#[test]
fn files_of_docker_and_of_ecs_are_credential_specs_too() {
    let spec: serde_json::Value = serde_saphyr::from_str(SOUND.split("---").next().unwrap()).unwrap();
    let mut file = spec["credspec"].clone();
    assert_eq!(credspec(&file.to_string()).findings, []);
    file["ActiveDirectoryConfig"]["HostAccountConfig"]["PluginInput"] = serde_json::json!({ "CredentialArn": "arn" });
    assert_eq!(credspec(&file.to_string()).findings, [], "ECS");
    file["DomainJoinConfig"]["MachineAccountName"] = "webgmsa$".into();
    let report = credspec(&file.to_string());
    assert_eq!(manifests(&file.to_string()), report, "among manifests too");
    assert_eq!(report.findings[0].place.to_string(), "manifests.yaml, document 1, DomainJoinConfig.MachineAccountName");
    only(&credspec("kind: Service\nmetadata: {name: x}"), Broken, 6, "1", &["no credential spec in it"]);
}

#[test]
fn a_list_is_its_items() {
    let documents: Vec<serde_json::Value> = serde_saphyr::from_multiple(SOUND).unwrap();
    let list = serde_json::json!({ "kind": "List", "items": documents }).to_string();
    assert_eq!((manifests(&list).findings, manifests(&list).documents), (vec![], 4));
    let wrong = list.replace("\"use\"", "\"get\"");
    only(&manifests(&wrong), Broken, 5, "1, ClusterRole web-credential-spec, rules[0].verbs", &["verbs: [use]"]);
}
