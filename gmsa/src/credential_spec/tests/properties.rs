//! Properties of all credential specs: written ones have no violation, and no input panics.

use proptest::prelude::*;

use super::*;

prop_compose! {
    fn drafts()(
        domain in "[a-z][a-z0-9]{0,8}(\\.[a-z][a-z0-9]{0,8}){1,3}",
        netbios in "[A-Z][A-Z0-9-]{0,14}",
        sid in any::<[u32; 3]>(),
        guid in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        gmsa in "[a-zA-Z0-9][a-zA-Z0-9 ._#'!%{}&~-]{0,13}x",
        additional in prop::collection::btree_set("[0-9]{1,3}[yn]?", 0..3),
        forest in prop::option::of("[a-z]{1,5}\\.[a-z]{2,4}"),
        plugin in prop::option::of(prop_oneof![
            Just(("eks", ARN.to_owned())),
            Just(("rancher", "bookstore:reader".to_owned())),
            "[^\\x00]{1,40}".prop_map(|input| ("{00000000-1111-2222-3333-444444444444}", input)),
        ]),
    ) -> SpecDraft {
        let [a, b, c] = sid;
        let sid = format!("S-1-5-21-{a}-{b}-{c}");
        let (plugin, plugin_input) = plugin.map(|(plugin, input)| (plugin.to_owned(), input)).unzip();
        let additional = additional.into_iter().collect();
        SpecDraft { domain, forest, netbios, sid, guid, gmsa, additional, plugin, plugin_input }
    }
}

proptest! {
    #[test]
    fn written_credential_spec_has_no_violation(draft in drafts()) {
        let (spec, _) = draft.validate().map_err(|errors| TestCaseError::fail(format!("{errors:?}")))?;
        let json: Value = serde_json::from_str(&docker(&spec).unwrap()).unwrap();
        prop_assert_eq!(lint(&json, Form::File), []);
        prop_assert_eq!(&json["DomainJoinConfig"]["MachineAccountName"], spec.account.as_str());
        prop_assert_eq!(&json["DomainJoinConfig"]["Sid"], &spec.domain().sid);
        let accounts = json["ActiveDirectoryConfig"]["GroupManagedServiceAccounts"].as_array().unwrap();
        prop_assert_eq!(accounts.len(), 2 * spec.accounts().count());
        let yaml: Vec<Value> = serde_saphyr::from_multiple(&kubernetes(&spec, &names()).unwrap()).unwrap();
        prop_assert_eq!(yaml.len(), 3);
        prop_assert_eq!(&yaml[0]["credspec"], &json);
        prop_assert_eq!(lint(&yaml[0]["credspec"], Form::Kubernetes), []);
        if spec.plugin.as_ref().is_none_or(|plugin| plugin.input.contains(ARN)) {
            let json: Value = serde_json::from_str(&ecs(&spec).unwrap()).unwrap();
            prop_assert_eq!(lint(&json, Form::File), []);
        }
    }

    #[test]
    fn arbitrary_flags_do_not_panic(text in any::<String>()) {
        let text = || text.clone();
        let draft = SpecDraft {
            domain: text(),
            forest: Some(text()),
            netbios: text(),
            sid: text(),
            guid: text(),
            gmsa: text(),
            additional: vec![text()],
            plugin: Some(text()),
            plugin_input: Some(text()),
        };
        prop_assert!(draft.validate().is_err());
    }

    #[test]
    fn arbitrary_fields_do_not_panic(
        text in any::<String>(),
        number in any::<i64>(),
        pointer in prop::sample::select(POINTERS),
        kind in 0..5_usize,
    ) {
        let values = [json!(text), json!(number), json!([text]), json!({ text.as_str(): number }), json!(null)];
        let mut spec = content();
        *spec.pointer_mut(pointer).unwrap() = values[kind].clone();
        drop(lint(&spec, Form::Kubernetes));
        drop(lint(&spec, Form::File));
    }
}

/// The fields that are replaced.
const POINTERS: &[&str] = &[
    "",
    "/CmsPlugins",
    "/DomainJoinConfig",
    "/DomainJoinConfig/Sid",
    "/DomainJoinConfig/Guid",
    "/DomainJoinConfig/DnsName",
    "/DomainJoinConfig/NetBiosName",
    "/DomainJoinConfig/MachineAccountName",
    "/ActiveDirectoryConfig",
    "/ActiveDirectoryConfig/GroupManagedServiceAccounts",
    "/ActiveDirectoryConfig/GroupManagedServiceAccounts/0",
    "/ActiveDirectoryConfig/HostAccountConfig",
    "/ActiveDirectoryConfig/HostAccountConfig/PluginGUID",
    "/ActiveDirectoryConfig/HostAccountConfig/PluginInput",
];
