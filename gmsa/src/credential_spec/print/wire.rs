//! The written objects, with their fields in the order of Microsoft's and Kubernetes' examples.

use serde::Serialize;

use crate::credential_spec::spec::{CredentialSpec, Domain, Plugin};

pub(super) const RBAC: &str = "rbac.authorization.k8s.io";
pub(super) const RBAC_V1: &str = "rbac.authorization.k8s.io/v1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GmsaCredentialSpec<'a> {
    pub(super) api_version: &'a str,
    pub(super) kind: &'a str,
    pub(super) metadata: Metadata<'a>,
    pub(super) credspec: Content<'a>,
}

#[derive(Serialize)]
pub(super) struct Metadata<'a> {
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) namespace: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Content<'a> {
    pub(super) active_directory_config: ActiveDirectoryConfig<'a>,
    pub(super) cms_plugins: [&'a str; 1],
    pub(super) domain_join_config: DomainJoinConfig<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ActiveDirectoryConfig<'a> {
    pub(super) group_managed_service_accounts: Vec<Account<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) host_account_config: Option<HostAccountConfig<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Account<'a> {
    pub(super) name: &'a str,
    pub(super) scope: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct HostAccountConfig<'a> {
    #[serde(rename = "PluginGUID")]
    pub(super) plugin_guid: &'a str,
    pub(super) plugin_input: &'a str,
    pub(super) portable_ccg_version: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DomainJoinConfig<'a> {
    pub(super) dns_name: &'a str,
    pub(super) dns_tree_name: &'a str,
    pub(super) guid: &'a str,
    pub(super) machine_account_name: &'a str,
    pub(super) net_bios_name: &'a str,
    pub(super) sid: &'a str,
}

impl<'a> Content<'a> {
    pub(super) fn of(spec: &'a CredentialSpec) -> Self {
        let Domain { dns_name, forest, netbios, sid, guid } = &spec.domain;
        let scopes = |name| [dns_name, netbios].map(|scope| Account { name, scope });
        let plugin = |Plugin { guid, input }: &'a Plugin| HostAccountConfig {
            plugin_guid: guid,
            plugin_input: input,
            portable_ccg_version: "1",
        };
        Self {
            active_directory_config: ActiveDirectoryConfig {
                group_managed_service_accounts: spec.accounts().flat_map(scopes).collect(),
                host_account_config: spec.plugin.as_ref().map(plugin),
            },
            cms_plugins: ["ActiveDirectory"],
            domain_join_config: DomainJoinConfig {
                dns_name,
                dns_tree_name: forest,
                guid,
                machine_account_name: &spec.account,
                net_bios_name: netbios,
                sid,
            },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Role<'a> {
    pub(super) api_version: &'a str,
    pub(super) kind: &'a str,
    pub(super) metadata: Metadata<'a>,
    pub(super) rules: [PolicyRule<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyRule<'a> {
    pub(super) api_groups: [&'a str; 1],
    pub(super) resources: [&'a str; 1],
    pub(super) resource_names: [&'a str; 1],
    pub(super) verbs: [&'a str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Binding<'a> {
    pub(super) api_version: &'a str,
    pub(super) kind: &'a str,
    pub(super) metadata: Metadata<'a>,
    pub(super) role_ref: RoleRef<'a>,
    pub(super) subjects: [Subject<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RoleRef<'a> {
    pub(super) api_group: &'a str,
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
}

#[derive(Serialize)]
pub(super) struct Subject<'a> {
    pub(super) kind: &'a str,
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
}
