//! Credential specs: what is refused and why, and that what is printed reads back.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::lint::{Severity, lint};
use super::print::{Place, docker, ecs, kubernetes};
use super::*;

fn draft() -> Draft {
    Draft {
        domain: "corp.example.com".into(),
        netbios: "CORP".into(),
        sid: "S-1-5-21-1-2-3".into(),
        guid: "00000000-1111-2222-3333-444444444444".into(),
        gmsa: "bookstore-web".into(),
        ..Draft::default()
    }
}

const ARN: &str = "arn:aws:secretsmanager:us-west-2:111122223333:secret:bookstore/gmsa-reader-AbCdEf";

fn with_plugin(plugin: &str, input: &str) -> Draft {
    Draft { plugin: Some(plugin.into()), plugin_input: Some(input.into()), ..draft() }
}

fn place() -> Place {
    let name = "bookstore-web".to_owned();
    Place { service_account: name.clone(), name, namespace: "bookstore".into() }
}

#[test]
fn each_flag_that_would_fail_later_is_refused_with_its_row_and_what_to_write() {
    let cases: [(Draft, &str, u8, &str); 17] = [
        (Draft { gmsa: "bookstore-web-long".into(), ..draft() }, "--gmsa", 30, "18 characters"),
        (Draft { gmsa: r"CORP\web$".into(), ..draft() }, "--gmsa", 30, "write the sAMAccountName alone, like web"),
        (Draft { gmsa: "web@corp.example.com".into(), ..draft() }, "--gmsa", 30, "like web"),
        (Draft { gmsa: "a*b".into(), ..draft() }, "--gmsa", 30, "no account's name has a '*'"),
        (Draft { gmsa: String::new(), ..draft() }, "--gmsa", 30, "at least one character"),
        (Draft { additional: vec!["Bookstore-Web".into()], ..draft() }, "--additional-gmsa", 30, "twice"),
        (Draft { domain: "CORP".into(), ..draft() }, "--domain", 30, "NetBIOS name where the DNS name belongs"),
        (Draft { domain: "10.0.0.10".into(), ..draft() }, "--domain", 30, "address"),
        (Draft { domain: "corp.example.com.".into(), ..draft() }, "--domain", 30, "no DNS name"),
        (
            Draft { netbios: "corp.example.com".into(), ..draft() },
            "--netbios",
            30,
            "DNS name where the NetBIOS name belongs",
        ),
        (Draft { netbios: "SIXTEEN-LETTERS-".into(), ..draft() }, "--netbios", 30, "at most 15"),
        (Draft { sid: "S-1-5-21-1-2-3-1104".into(), ..draft() }, "--sid", 30, "write the domain's SID, S-1-5-21-1-2-3"),
        (Draft { sid: "S-1-5-32-544".into(), ..draft() }, "--sid", 30, "not the SID of a domain"),
        (Draft { guid: "0000".into(), ..draft() }, "--guid", 30, "no GUID"),
        (with_plugin("gke", "x"), "--plugin", 8, "eks, aks, rancher"),
        (with_plugin("eks", "gmsa-reader"), "--plugin-input", 8, "credentialArn"),
        (with_plugin("aks", ARN), "--plugin-input", 8, "SecretUri"),
    ];
    for (draft, flag, row, words) in cases {
        let refused = draft.check().expect_err(words);
        assert_eq!(refused.len(), 1, "{refused:?}");
        assert_eq!((refused[0].flag, refused[0].problem.row), (flag, row));
        assert!(refused[0].to_string().contains(words), "{}", refused[0]);
    }
}

#[test]
fn every_wrong_flag_is_named_at_once() {
    let all = Draft { plugin_input: Some("secret".into()), ..Draft::default() }.check().unwrap_err();
    let flags: Vec<&str> = all.iter().map(|refusal| refusal.flag).collect();
    assert_eq!(flags, ["--gmsa", "--domain", "--netbios", "--sid", "--guid", "--plugin-input"]);
    assert!(!format!("{all:?}").contains("secret"));
}

#[test]
fn what_can_only_mean_one_thing_is_taken_with_a_word() {
    let loose = Draft {
        gmsa: "bookstore-web$".into(),
        guid: "{00000000-1111-2222-3333-44444444444A}".into(),
        ..with_plugin("859e1386-bdb4-49e8-85c7-3070b13920e1", &plugin::eks_input(ARN))
    };
    let (spec, notes) = loose.check().unwrap();
    assert_eq!(
        (spec.account(), spec.domain().guid.as_str()),
        ("bookstore-web", "00000000-1111-2222-3333-44444444444a")
    );
    assert_eq!(spec.plugin().unwrap().guid, "{859e1386-bdb4-49e8-85c7-3070b13920e1}");
    assert_eq!(notes.len(), 3, "{notes:?}");
}

#[test]
fn ecs_gets_an_object_and_knows_only_the_plugin_of_aws() {
    let (spec, _) = with_plugin("eks", ARN).check().unwrap();
    let value: Value = serde_json::from_str(&ecs(&spec).unwrap()).unwrap();
    let input = &value["ActiveDirectoryConfig"]["HostAccountConfig"]["PluginInput"];
    assert_eq!(input, &json!({ "CredentialArn": ARN }));
    assert_eq!(lint(&value, Form::File), []);
    let faults = lint(&value, Form::Kubernetes);
    assert_eq!((faults.len(), faults[0].problem.row), (1, 30));
    assert!(faults[0].problem.fix.contains(&format!(r#"'{{"credentialArn":"{ARN}"}}'"#)), "{faults:?}");
    let (rancher, _) = with_plugin("rancher", "bookstore:reader").check().unwrap();
    assert!(ecs(&rancher).unwrap_err().to_string().contains("only the one of AWS"));
}

#[test]
fn names_that_kubernetes_refuses_are_named_with_their_flag() {
    let wrong = Place { name: "Bookstore_Web".into(), namespace: "a.b".into(), service_account: "-x".into() };
    let problems = wrong.problems();
    let flags: Vec<&str> = problems.iter().map(|(flag, ..)| *flag).collect();
    assert_eq!(flags, ["--name", "--namespace", "--service-account"]);
    assert!(problems[0].2.fix.contains("bookstore-web"), "{problems:?}");
    assert_eq!(place().problems(), []);
}

fn content() -> Value {
    let (spec, _) = with_plugin("eks", ARN).check().unwrap();
    serde_json::from_str(&docker(&spec).unwrap()).unwrap()
}

#[test]
fn each_field_that_fails_later_is_a_fault_at_its_path() {
    const HOST: &str = "/ActiveDirectoryConfig/HostAccountConfig";
    const ACCOUNTS: &str = "/ActiveDirectoryConfig/GroupManagedServiceAccounts";
    let eks = "859E1386-BDB4-49E8-85C7-3070B13920E1";
    let cases = [
        ("/DomainJoinConfig/MachineAccountName", json!("bookstore-web$"), 30, Severity::Broken, "the $ belongs"),
        ("/DomainJoinConfig/MachineAccountName", json!("another"), 30, Severity::Broken, "none of GroupManaged"),
        ("/DomainJoinConfig/DnsName", json!("CORP"), 30, Severity::Broken, "NetBIOS"),
        ("/DomainJoinConfig/NetBiosName", json!("corp.example.com"), 30, Severity::Broken, "DNS name"),
        ("/DomainJoinConfig/Sid", json!("S-1-5-21-1-2-3-1104"), 30, Severity::Warning, "account"),
        ("/DomainJoinConfig/Sid", json!("S-1-5-32-544"), 30, Severity::Broken, "not the SID"),
        ("/DomainJoinConfig/Guid", json!("{00000000-1111-2222-3333-444444444444}"), 30, Severity::Broken, "no braces"),
        ("/DomainJoinConfig", json!(null), 8, Severity::Broken, "an object"),
        ("/CmsPlugins", json!(["activedirectory"]), 8, Severity::Broken, "no Active Directory"),
        (ACCOUNTS, json!([]), 8, Severity::Broken, "at least one"),
        (
            "/ActiveDirectoryConfig/GroupManagedServiceAccounts/0/Scope",
            json!("other.test"),
            30,
            Severity::Warning,
            "neither",
        ),
        ("/ActiveDirectoryConfig/HostAccountConfig/PluginGUID", json!(eks), 8, Severity::Broken, "without braces"),
        ("/ActiveDirectoryConfig/HostAccountConfig/PluginGUID", json!({ eks: null }), 8, Severity::Broken, "mapping"),
        (
            "/ActiveDirectoryConfig/HostAccountConfig/PluginInput",
            json!({ "credentialArn": ARN }),
            30,
            Severity::Broken,
            "ECS",
        ),
        (
            "/ActiveDirectoryConfig/HostAccountConfig/PluginInput",
            json!("secret"),
            8,
            Severity::Broken,
            "does not understand",
        ),
        ("/ActiveDirectoryConfig/HostAccountConfig/PortableCcgVersion", json!(1), 30, Severity::Broken, "a number"),
        (HOST, json!("x"), 8, Severity::Broken, "an object"),
    ];
    assert_eq!(lint(&content(), Form::Kubernetes), []);
    for (pointer, value, row, severity, words) in cases {
        let mut spec = content();
        *spec.pointer_mut(pointer).unwrap() = value;
        let faults = lint(&spec, Form::Kubernetes);
        let path = pointer[1..].replace("/0", "[0]").replace('/', ".");
        let found = faults.iter().find(|fault| fault.path == path && fault.problem.why.contains(words));
        let found = found.unwrap_or_else(|| panic!("{path}, {words}: {faults:?}"));
        assert_eq!((found.problem.row, found.severity), (row, severity), "{path}");
        assert!(!format!("{faults:?}").contains("\"secret\""), "an input may hold a password");
    }
}

#[test]
fn a_misspelt_field_is_missing_and_its_name_is_said() {
    let mut spec = content();
    let domain = spec["DomainJoinConfig"].as_object_mut().unwrap();
    let name = domain.remove("NetBiosName").unwrap();
    domain.insert("NetbiosName".into(), name);
    let faults = lint(&spec, Form::Kubernetes);
    let fixes: Vec<&str> = faults.iter().map(|fault| fault.problem.fix.as_str()).collect();
    assert_eq!(fixes, ["NetBiosName, or nothing", "NetBiosName, as `bookstore credspec` prints it"]);
}

prop_compose! {
    fn drafts()(
        domain in "[a-z][a-z0-9]{0,8}(\\.[a-z][a-z0-9]{0,8}){1,3}", netbios in "[A-Z][A-Z0-9-]{0,14}", sid in any::<[u32; 3]>(),
        guid in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", gmsa in "[a-zA-Z0-9][a-zA-Z0-9 ._#'!%{}&~-]{0,13}x",
        additional in prop::collection::btree_set("[0-9]{1,3}[yn]?", 0..3), forest in prop::option::of("[a-z]{1,5}\\.[a-z]{2,4}"),
        plugin in prop::option::of(prop_oneof![
            Just(("eks", ARN.to_owned())),
            Just(("rancher", "bookstore:reader".to_owned())),
            "[^\\x00]{1,40}".prop_map(|input| ("{00000000-1111-2222-3333-444444444444}", input)),
        ]),
    ) -> Draft {
        let [a, b, c] = sid;
        let (plugin, plugin_input) = plugin.map(|(plugin, input)| (plugin.to_owned(), input)).unzip();
        let additional = additional.into_iter().collect();
        Draft { domain, forest, netbios, sid: format!("S-1-5-21-{a}-{b}-{c}"), guid, gmsa, additional, plugin, plugin_input }
    }
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_as_it_was(draft in drafts()) {
        let (spec, _) = draft.check().map_err(|refused| TestCaseError::fail(format!("{refused:?}")))?;
        let json: Value = serde_json::from_str(&docker(&spec).unwrap()).unwrap();
        prop_assert_eq!(CredentialSpec::read(&json, Form::File), Ok(spec.clone()));
        let yaml: Vec<Value> = serde_saphyr::from_multiple(&kubernetes(&spec, &place()).unwrap()).unwrap();
        prop_assert_eq!(yaml.len(), 3);
        prop_assert_eq!(CredentialSpec::read(&yaml[0]["credspec"], Form::Kubernetes), Ok(spec.clone()));
        if spec.plugin().is_none_or(|plugin| plugin.input.contains(ARN)) {
            let json: Value = serde_json::from_str(&ecs(&spec).unwrap()).unwrap();
            prop_assert_eq!(CredentialSpec::read(&json, Form::File), Ok(spec));
        }
    }

    #[test]
    fn no_text_is_too_strange_for_a_flag(text in any::<String>()) {
        let strange = || text.clone();
        let draft = Draft {
            domain: strange(), forest: Some(strange()), netbios: strange(), sid: strange(), guid: strange(), gmsa: strange(),
            additional: vec![strange()], plugin: Some(strange()), plugin_input: Some(strange()),
        };
        prop_assert!(draft.check().is_err());
    }

    #[test]
    fn no_value_is_too_strange_for_a_field(text in any::<String>(), number in any::<i64>(), at in 0..14_usize, kind in 0..5_usize) {
        const PLACES: [&str; 14] = [
            "", "/CmsPlugins", "/DomainJoinConfig", "/DomainJoinConfig/Sid", "/DomainJoinConfig/Guid", "/DomainJoinConfig/DnsName",
            "/DomainJoinConfig/NetBiosName", "/DomainJoinConfig/MachineAccountName", "/ActiveDirectoryConfig",
            "/ActiveDirectoryConfig/GroupManagedServiceAccounts", "/ActiveDirectoryConfig/GroupManagedServiceAccounts/0",
            "/ActiveDirectoryConfig/HostAccountConfig", "/ActiveDirectoryConfig/HostAccountConfig/PluginGUID",
            "/ActiveDirectoryConfig/HostAccountConfig/PluginInput",
        ];
        let values = [json!(text), json!(number), json!([text]), json!({ text.as_str(): number }), json!(null)];
        let mut spec = content();
        *spec.pointer_mut(PLACES[at]).unwrap() = values[kind].clone();
        drop(CredentialSpec::read(&spec, Form::Kubernetes));
        drop(CredentialSpec::read(&spec, Form::File));
    }
}
