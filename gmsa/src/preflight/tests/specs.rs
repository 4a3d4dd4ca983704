//! Credential specs: known failures 6, 8 and 30.

use super::*;
use Severity::{Error, Warning};

#[test]
fn envelope_of_a_credential_spec_is_checked() {
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
        Error,
        6,
        &format!("{spec}, apiVersion"),
        &["no such version"],
    );
    only(&changed("credspec:", "spec:"), Error, 6, &format!("{spec}, credspec"), &["does not have a credspec key"]);
    only(
        &changed("metadata: {name: web}", "metadata: {name: web, namespace: shop}"),
        Warning,
        6,
        &format!("{spec}, metadata.namespace"),
        &["belongs to the cluster"],
    );
    let text = HEALTHY
        .replace("metadata: {name: web}", "metadata: {name: Web_1}")
        .replace("Name: web,", "Name: Web_1,")
        .replace("[web]", "[Web_1]");
    only(&manifests(&text), Error, 6, "1, GMSACredentialSpec Web_1, metadata.name", &["a name like web-1"]);
}

#[test]
fn plugin_is_checked() {
    const HOST: &str = "1, GMSACredentialSpec web, credspec.ActiveDirectoryConfig.HostAccountConfig";
    let (quoted, bare) = (r#""{CCC2A336-D7F3-4818-A213-272B7924213E}""#, "CCC2A336-D7F3-4818-A213-272B7924213E");
    only(
        &changed(quoted, bare),
        Error,
        8,
        &format!("{HOST}.PluginGUID"),
        &["without braces", "CCG events", "\"{CCC2A336-"],
    );
    only(
        &changed(quoted, &format!("{{{bare}}}")),
        Error,
        8,
        &format!("{HOST}.PluginGUID"),
        &["without quotes", "\"{CCC2A336-"],
    );
    only(
        &changed("ObjectId=", "objectid="),
        Error,
        8,
        &format!("{HOST}.PluginInput"),
        &["ObjectId=IDENTITY;SecretUri="],
    );
    only(
        &changed("[ActiveDirectory]", "[Other]"),
        Error,
        8,
        "1, GMSACredentialSpec web, credspec.CmsPlugins",
        &["[ActiveDirectory]"],
    );
}

#[test]
fn fields_of_the_domain_are_checked() {
    const SPEC: &str = "1, GMSACredentialSpec web, credspec";
    let object = changed(
        "PluginInput: ObjectId=00000000-0000-0000-0000-000000000000;SecretUri=https://v.vault.azure.net/secrets/reader",
        "PluginInput: {credentialArn: arn}",
    );
    let input = format!("{SPEC}.ActiveDirectoryConfig.HostAccountConfig.PluginInput");
    only(&object, Error, 30, &input, &["the syntax of ECS", r#"'{"credentialArn":"arn"}'"#]);
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
        Error,
        30,
        &format!("{domain}.MachineAccountName"),
        &["none of GroupManaged"],
    );
    let long = HEALTHY.replace("webgmsa", "sixteen-letters-");
    assert!(
        manifests(&long)
            .findings
            .iter()
            .all(|finding| finding.known_failure == Some(30) && finding.why.contains("16 characters"))
    );
    let dns =
        HEALTHY.replace("DnsName: corp.example.com", "DnsName: CORP").replace("Scope: corp.example.com", "Scope: CORP");
    only(&manifests(&dns), Error, 30, &format!("{domain}.DnsName"), &["NetBIOS name where the DNS name belongs"]);
}

#[test]
fn files_for_docker_and_ecs_are_checked() {
    let spec: serde_json::Value = serde_saphyr::from_str(HEALTHY.split("---").next().unwrap()).unwrap();
    let mut file = spec["credspec"].clone();
    assert_eq!(credspec(&file.to_string()).findings, []);
    file["ActiveDirectoryConfig"]["HostAccountConfig"]["PluginInput"] = serde_json::json!({ "CredentialArn": "arn" });
    assert_eq!(credspec(&file.to_string()).findings, [], "ECS");
    file["DomainJoinConfig"]["MachineAccountName"] = "webgmsa$".into();
    let report = credspec(&file.to_string());
    assert_eq!(manifests(&file.to_string()), report, "among manifests too");
    assert_eq!(
        report.findings[0].position.to_string(),
        "manifests.yaml, document 1, DomainJoinConfig.MachineAccountName"
    );
    only(&credspec("kind: Service\nmetadata: {name: x}"), Error, 6, "1", &["holds no credential spec"]);
}
