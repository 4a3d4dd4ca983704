//! Prints credential specs: for Kubernetes with the rights to use them, for Docker, for ECS, and as lines for parameters.env.

mod wire;

use serde::Serialize;

use super::{CredentialSpec, Domain, Problem, field, plugin};
use wire::{Binding, Content, GmsaCredentialSpec, Metadata, RBAC, RBAC_V1, Role, RoleRef, Rule, Subject};

/// Why something could not be written as YAML or JSON.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// Only the plugin of AWS has a form that ECS knows.
    #[error("ECS knows no plugin {0}: only the one of AWS, `--plugin eks`")]
    NotOfEcs(String),
    /// The YAML library refuses.
    #[error("cannot be written as YAML: {0}")]
    Yaml(String),
    /// The JSON library refuses.
    #[error("cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// The object names around a credential spec in a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The credential spec's name, as pods write it into `gmsaCredentialSpecName`.
    pub name: String,
    /// The namespace of the pods.
    pub namespace: String,
    /// The service account that the pods run as.
    pub service_account: String,
}

impl Place {
    /// Every name that Kubernetes would refuse, by what it names.
    #[must_use]
    pub fn problems(&self) -> Vec<(&'static str, &str, Problem)> {
        let checks = [
            (
                "--name",
                &self.name,
                field::object_name(&self.name).and_then(|()| field::object_name(&role_name(&self.name))),
            ),
            ("--namespace", &self.namespace, field::namespace(&self.namespace)),
            ("--service-account", &self.service_account, field::object_name(&self.service_account)),
        ];
        checks.into_iter().filter_map(|(flag, value, check)| Some((flag, value.as_str(), check.err()?))).collect()
    }
}

/// The name of the ClusterRole and of the RoleBinding for the credential spec of that name.
#[must_use]
pub fn role_name(name: &str) -> String {
    format!("{name}-credential-spec")
}

/// The credential spec, the ClusterRole that may use it, and the binding that gives it to the service account: three YAML documents.
///
/// # Errors
/// If the library refuses.
pub fn kubernetes(spec: &CredentialSpec, place: &Place) -> Result<String, PrintError> {
    let role = role_name(&place.name);
    let documents = [
        yaml(&GmsaCredentialSpec {
            api_version: "windows.k8s.io/v1",
            kind: "GMSACredentialSpec",
            metadata: Metadata { name: &place.name, namespace: None },
            credspec: Content::of(spec),
        })?,
        yaml(&Role {
            api_version: RBAC_V1,
            kind: "ClusterRole",
            metadata: Metadata { name: &role, namespace: None },
            rules: [Rule {
                api_groups: ["windows.k8s.io"],
                resources: ["gmsacredentialspecs"],
                resource_names: [&place.name],
                verbs: ["use"],
            }],
        })?,
        yaml(&Binding {
            api_version: RBAC_V1,
            kind: "RoleBinding",
            metadata: Metadata { name: &role, namespace: Some(&place.namespace) },
            role_ref: RoleRef { api_group: RBAC, kind: "ClusterRole", name: &role },
            subjects: [Subject { kind: "ServiceAccount", name: &place.service_account, namespace: &place.namespace }],
        })?,
    ];
    Ok(documents.join("---\n"))
}

/// The file that Docker takes by `--security-opt credentialspec=file://…`, and ECS on Windows.
///
/// # Errors
/// If the library refuses.
pub fn docker(spec: &CredentialSpec) -> Result<String, PrintError> {
    Ok(serde_json::to_string_pretty(&Content::of(spec))? + "\n")
}

/// The file that ECS on Linux takes by `credentialspec:` or `credentialspecdomainless:`; its agent wants the plugin's input as an
/// object (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/linux-gmsa.html>).
///
/// # Errors
/// If the plugin is not that of AWS.
pub fn ecs(spec: &CredentialSpec) -> Result<String, PrintError> {
    let mut value = serde_json::to_value(Content::of(spec))?;
    if let Some(plugin) = spec.plugin() {
        let known = plugin::Known::by_guid(&plugin.guid) == Some(plugin::Known::Eks);
        let arn = plugin::credential_arn(&plugin.input).filter(|_| known);
        let arn = arn.ok_or_else(|| PrintError::NotOfEcs(plugin.guid.clone()))?;
        if let Some(input) = value.pointer_mut("/ActiveDirectoryConfig/HostAccountConfig/PluginInput") {
            *input = serde_json::json!({ "CredentialArn": arn });
        }
    }
    Ok(serde_json::to_string_pretty(&value)? + "\n")
}

/// The domain's lines of k8s/parameters/parameters.env.
#[must_use]
pub fn parameters(domain: &Domain) -> String {
    let Domain { dns_name, netbios, sid, guid, .. } = domain;
    format!("AD_DNS_NAME={dns_name}\nAD_NETBIOS={netbios}\nAD_SID={sid}\nAD_GUID={guid}\n")
}

fn yaml(document: &impl Serialize) -> Result<String, PrintError> {
    serde_saphyr::to_string(document).map_err(|error| PrintError::Yaml(error.to_string()))
}
