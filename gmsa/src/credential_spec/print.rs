//! Writes credential specs for Kubernetes with the right to use them, for Docker, for ECS, and as lines of
//! parameters.env.

mod wire;

use serde::Serialize;

use super::draft::FlagError;
use super::spec::{CredentialSpec, Domain};
use super::violation::Violation;
use super::{field, plugin};
use wire::{Binding, Content, GmsaCredentialSpec, Metadata, PolicyRule, RBAC, RBAC_V1, Role, RoleRef, Subject};

/// Why a credential spec cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// ECS supports only the plugin of AWS.
    #[error("ECS does not support the plugin {0}, only that of AWS: `--plugin eks`")]
    NotOfEcs(String),
    /// The YAML library failed.
    #[error("cannot be written as YAML: {0}")]
    Yaml(String),
    /// The JSON library failed.
    #[error("cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// The names of the objects around a credential spec in a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectNames {
    /// The credential spec's name, as pods write it into `gmsaCredentialSpecName`.
    pub name: String,
    /// The namespace of the pods.
    pub namespace: String,
    /// The service account that the pods run as.
    pub service_account: String,
}

impl ObjectNames {
    /// The names that Kubernetes would refuse, by their flags.
    #[must_use]
    pub fn errors(&self) -> Vec<FlagError> {
        let checks = [
            (
                "--name",
                &self.name,
                field::check_object_name(&self.name).and_then(|()| field::check_object_name(&role_name(&self.name))),
            ),
            ("--namespace", &self.namespace, field::check_namespace(&self.namespace)),
            ("--service-account", &self.service_account, field::check_object_name(&self.service_account)),
        ];
        let error = |(flag, value, check): (_, &String, Result<(), Violation>)| {
            check.err().map(|violation| FlagError { flag, value: Some(value.clone()), violation })
        };
        checks.into_iter().filter_map(error).collect()
    }
}

/// The name of the ClusterRole and of the RoleBinding for the credential spec of that name.
pub(crate) fn role_name(name: &str) -> String {
    format!("{name}-credential-spec")
}

/// Writes three YAML documents: the credential spec, the ClusterRole that may use it, and the binding to the service
/// account.
///
/// # Errors
/// [`PrintError::Yaml`].
pub fn kubernetes(spec: &CredentialSpec, names: &ObjectNames) -> Result<String, PrintError> {
    let role = role_name(&names.name);
    let documents = [
        yaml(&GmsaCredentialSpec {
            api_version: "windows.k8s.io/v1",
            kind: "GMSACredentialSpec",
            metadata: Metadata { name: &names.name, namespace: None },
            credspec: Content::of(spec),
        })?,
        yaml(&Role {
            api_version: RBAC_V1,
            kind: "ClusterRole",
            metadata: Metadata { name: &role, namespace: None },
            rules: [PolicyRule {
                api_groups: ["windows.k8s.io"],
                resources: ["gmsacredentialspecs"],
                resource_names: [&names.name],
                verbs: ["use"],
            }],
        })?,
        yaml(&Binding {
            api_version: RBAC_V1,
            kind: "RoleBinding",
            metadata: Metadata { name: &role, namespace: Some(&names.namespace) },
            role_ref: RoleRef { api_group: RBAC, kind: "ClusterRole", name: &role },
            subjects: [Subject { kind: "ServiceAccount", name: &names.service_account, namespace: &names.namespace }],
        })?,
    ];
    Ok(documents.join("---\n"))
}

/// Writes the file for Docker (`--security-opt credentialspec=file://…`) and for ECS on Windows.
///
/// # Errors
/// [`PrintError::Json`].
pub fn docker(spec: &CredentialSpec) -> Result<String, PrintError> {
    Ok(serde_json::to_string_pretty(&Content::of(spec))? + "\n")
}

/// Writes the file for ECS on Linux (`credentialspec:`, `credentialspecdomainless:`), whose agent needs the plugin's
/// input as an object (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/linux-gmsa.html>).
///
/// # Errors
/// [`PrintError::NotOfEcs`] for any plugin but that of AWS.
pub fn ecs(spec: &CredentialSpec) -> Result<String, PrintError> {
    let mut value = serde_json::to_value(Content::of(spec))?;
    if let Some(plugin) = &spec.plugin {
        let known = plugin::KnownPlugin::by_guid(&plugin.guid) == Some(plugin::KnownPlugin::Eks);
        let arn = plugin::credential_arn(&plugin.input).filter(|_| known);
        let arn = arn.ok_or_else(|| PrintError::NotOfEcs(plugin.guid.clone()))?;
        if let Some(input) = value.pointer_mut("/ActiveDirectoryConfig/HostAccountConfig/PluginInput") {
            *input = serde_json::json!({ "CredentialArn": arn });
        }
    }
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

/// Writes the domain's lines of k8s/parameters/parameters.env.
#[must_use]
pub fn parameters(domain: &Domain) -> String {
    let Domain { dns_name, netbios, sid, guid, .. } = domain;
    format!("AD_DNS_NAME={dns_name}\nAD_NETBIOS={netbios}\nAD_SID={sid}\nAD_GUID={guid}\n")
}

fn yaml(document: &impl Serialize) -> Result<String, PrintError> {
    serde_saphyr::to_string(document).map_err(|error| PrintError::Yaml(error.to_string()))
}
