//! Credential specs: wrong flags, written files, wrong fields.

mod properties;

use serde_json::{Value, json};

use super::lint::{Form, lint};
use super::plugin;
use super::print::{ObjectNames, docker, ecs, kubernetes};
use super::*;

fn draft() -> SpecDraft {
    SpecDraft {
        domain: "corp.example.com".into(),
        netbios: "CORP".into(),
        sid: "S-1-5-21-1-2-3".into(),
        guid: "00000000-1111-2222-3333-444444444444".into(),
        gmsa: "bookstore-web".into(),
        ..SpecDraft::default()
    }
}

const ARN: &str = "arn:aws:secretsmanager:us-west-2:111122223333:secret:bookstore/gmsa-reader-AbCdEf";

fn with_plugin(plugin: &str, input: &str) -> SpecDraft {
    SpecDraft { plugin: Some(plugin.into()), plugin_input: Some(input.into()), ..draft() }
}

fn names() -> ObjectNames {
    let name = "bookstore-web".to_owned();
    ObjectNames { service_account: name.clone(), name, namespace: "bookstore".into() }
}

#[test]
fn wrong_flag_is_refused_with_its_number_and_fix() {
    let cases: [(SpecDraft, &str, u8, &str); 17] = [
        (SpecDraft { gmsa: "bookstore-web-long".into(), ..draft() }, "--gmsa", 30, "18 characters"),
        (SpecDraft { gmsa: r"CORP\web$".into(), ..draft() }, "--gmsa", 30, "write the sAMAccountName alone, like web"),
        (SpecDraft { gmsa: "web@corp.example.com".into(), ..draft() }, "--gmsa", 30, "like web"),
        (SpecDraft { gmsa: "a*b".into(), ..draft() }, "--gmsa", 30, "cannot have a '*'"),
        (SpecDraft { gmsa: String::new(), ..draft() }, "--gmsa", 30, "is empty"),
        (SpecDraft { additional: vec!["Bookstore-Web".into()], ..draft() }, "--additional-gmsa", 30, "twice"),
        (SpecDraft { domain: "CORP".into(), ..draft() }, "--domain", 30, "NetBIOS name where the DNS name belongs"),
        (SpecDraft { domain: "10.0.0.10".into(), ..draft() }, "--domain", 30, "address"),
        (SpecDraft { domain: "corp.example.com.".into(), ..draft() }, "--domain", 30, "not a DNS name"),
        (
            SpecDraft { netbios: "corp.example.com".into(), ..draft() },
            "--netbios",
            30,
            "DNS name where the NetBIOS name belongs",
        ),
        (SpecDraft { netbios: "SIXTEEN-LETTERS-".into(), ..draft() }, "--netbios", 30, "at most 15"),
        (
            SpecDraft { sid: "S-1-5-21-1-2-3-1104".into(), ..draft() },
            "--sid",
            30,
            "write the domain's SID, S-1-5-21-1-2-3",
        ),
        (SpecDraft { sid: "S-1-5-32-544".into(), ..draft() }, "--sid", 30, "not the SID of a domain"),
        (SpecDraft { guid: "0000".into(), ..draft() }, "--guid", 30, "not a GUID"),
        (with_plugin("gke", "x"), "--plugin", 8, "eks, aks, rancher"),
        (with_plugin("eks", "gmsa-reader"), "--plugin-input", 8, "credentialArn"),
        (with_plugin("aks", ARN), "--plugin-input", 8, "SecretUri"),
    ];
    for (draft, flag, known_failure, words) in cases {
        let refused = draft.validate().expect_err(words);
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert_eq!((refused[0].flag, refused[0].violation.known_failure), (flag, known_failure));
        assert!(refused[0].to_string().contains(words), "{}", refused[0]);
    }
}

#[test]
fn all_wrong_flags_are_reported_together() {
    let all = SpecDraft { plugin_input: Some("secret".into()), ..SpecDraft::default() }.validate().unwrap_err();
    let flags: Vec<&str> = all.iter().map(|refusal| refusal.flag).collect();
    assert_eq!(flags, ["--gmsa", "--domain", "--netbios", "--sid", "--guid", "--plugin-input"]);
    assert!(!format!("{all:?}").contains("secret"));
}

#[test]
fn unambiguous_value_is_corrected_with_a_note() {
    let loose = SpecDraft {
        gmsa: "bookstore-web$".into(),
        guid: "{00000000-1111-2222-3333-44444444444A}".into(),
        ..with_plugin("859e1386-bdb4-49e8-85c7-3070b13920e1", &plugin::eks_input(ARN))
    };
    let (spec, notes) = loose.validate().unwrap();
    assert_eq!(
        (spec.account.as_str(), spec.domain().guid.as_str()),
        ("bookstore-web", "00000000-1111-2222-3333-44444444444a")
    );
    assert_eq!(spec.plugin.as_ref().unwrap().guid, "{859e1386-bdb4-49e8-85c7-3070b13920e1}");
    assert_eq!(notes.len(), 3, "{notes:?}");
}

#[test]
fn ecs_file_has_the_input_as_an_object() {
    let (spec, _) = with_plugin("eks", ARN).validate().unwrap();
    let value: Value = serde_json::from_str(&ecs(&spec).unwrap()).unwrap();
    let input = &value["ActiveDirectoryConfig"]["HostAccountConfig"]["PluginInput"];
    assert_eq!(input, &json!({ "CredentialArn": ARN }));
    assert_eq!(lint(&value, Form::File), []);
    let violations = lint(&value, Form::Kubernetes);
    assert_eq!((violations.len(), violations[0].violation.known_failure), (1, 30));
    assert!(violations[0].violation.fix.contains(&format!(r#"'{{"credentialArn":"{ARN}"}}'"#)), "{violations:?}");
    let (rancher, _) = with_plugin("rancher", "bookstore:reader").validate().unwrap();
    assert!(ecs(&rancher).unwrap_err().to_string().contains("only that of AWS"));
}

#[test]
fn invalid_object_name_is_reported_with_its_flag() {
    let wrong = ObjectNames { name: "Bookstore_Web".into(), namespace: "a.b".into(), service_account: "-x".into() };
    let errors = wrong.errors();
    let flags: Vec<&str> = errors.iter().map(|error| error.flag).collect();
    assert_eq!(flags, ["--name", "--namespace", "--service-account"]);
    assert!(errors[0].violation.fix.contains("bookstore-web"), "{errors:?}");
    assert_eq!(names().errors(), []);
}

fn content() -> Value {
    let (spec, _) = with_plugin("eks", ARN).validate().unwrap();
    serde_json::from_str(&docker(&spec).unwrap()).unwrap()
}

#[test]
fn wrong_field_is_reported_at_its_path() {
    const HOST: &str = "/ActiveDirectoryConfig/HostAccountConfig";
    const ACCOUNTS: &str = "/ActiveDirectoryConfig/GroupManagedServiceAccounts";
    let eks = "859E1386-BDB4-49E8-85C7-3070B13920E1";
    let cases = [
        ("/DomainJoinConfig/MachineAccountName", json!("bookstore-web$"), 30, Severity::Error, "ends with $"),
        ("/DomainJoinConfig/MachineAccountName", json!("another"), 30, Severity::Error, "none of GroupManaged"),
        ("/DomainJoinConfig/DnsName", json!("CORP"), 30, Severity::Error, "NetBIOS"),
        ("/DomainJoinConfig/NetBiosName", json!("corp.example.com"), 30, Severity::Error, "DNS name"),
        ("/DomainJoinConfig/Sid", json!("S-1-5-21-1-2-3-1104"), 30, Severity::Warning, "account"),
        ("/DomainJoinConfig/Sid", json!("S-1-5-32-544"), 30, Severity::Error, "not the SID"),
        ("/DomainJoinConfig/Guid", json!("{00000000-1111-2222-3333-444444444444}"), 30, Severity::Error, "no braces"),
        ("/DomainJoinConfig", json!(null), 8, Severity::Error, "an object"),
        ("/CmsPlugins", json!(["activedirectory"]), 8, Severity::Error, "no Active Directory"),
        (ACCOUNTS, json!([]), 8, Severity::Error, "at least one"),
        (
            "/ActiveDirectoryConfig/GroupManagedServiceAccounts/0/Scope",
            json!("other.test"),
            30,
            Severity::Warning,
            "neither",
        ),
        ("/ActiveDirectoryConfig/HostAccountConfig/PluginGUID", json!(eks), 8, Severity::Error, "without braces"),
        ("/ActiveDirectoryConfig/HostAccountConfig/PluginGUID", json!({ eks: null }), 8, Severity::Error, "mapping"),
        (
            "/ActiveDirectoryConfig/HostAccountConfig/PluginInput",
            json!({ "credentialArn": ARN }),
            30,
            Severity::Error,
            "ECS",
        ),
        (
            "/ActiveDirectoryConfig/HostAccountConfig/PluginInput",
            json!("secret"),
            8,
            Severity::Error,
            "does not understand",
        ),
        ("/ActiveDirectoryConfig/HostAccountConfig/PortableCcgVersion", json!(1), 30, Severity::Error, "a number"),
        (HOST, json!("x"), 8, Severity::Error, "an object"),
    ];
    assert_eq!(lint(&content(), Form::Kubernetes), []);
    for (pointer, value, known_failure, severity, words) in cases {
        let mut spec = content();
        *spec.pointer_mut(pointer).unwrap() = value;
        let violations = lint(&spec, Form::Kubernetes);
        let path = pointer[1..].replace("/0", "[0]").replace('/', ".");
        let found = violations.iter().find(|found| found.path == path && found.violation.why.contains(words));
        let found = found.unwrap_or_else(|| panic!("{path}, {words}: {violations:?}"));
        assert_eq!((found.violation.known_failure, found.severity), (known_failure, severity), "{path}");
        assert!(!format!("{violations:?}").contains("\"secret\""), "an input may hold a password");
    }
}

#[test]
fn misspelt_field_names_the_right_one() {
    let mut spec = content();
    let domain = spec["DomainJoinConfig"].as_object_mut().unwrap();
    let name = domain.remove("NetBiosName").unwrap();
    domain.insert("NetbiosName".into(), name);
    let violations = lint(&spec, Form::Kubernetes);
    let fixes: Vec<&str> = violations.iter().map(|found| found.violation.fix.as_str()).collect();
    assert_eq!(fixes, ["NetBiosName, or remove it", "NetBiosName, as `bookstore credspec` prints it"]);
}
