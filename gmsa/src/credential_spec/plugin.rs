//! The plugins through which a node outside of the domain reads the gMSA's password, and the input of each.
//!
//! GUIDs and formats: docs/gmsa-facts.md section 2.

use serde_json::Value;

use super::field;
use super::spec::Plugin;
use super::violation::Violation;

/// A plugin whose input format is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownPlugin {
    /// Part of the Windows AMIs of EKS and ECS: an account in Secrets Manager.
    Eks,
    /// Part of AKS: an account in a Key Vault.
    Aks,
    /// Rancher's plugin: an account in a Secret of the cluster.
    Rancher,
}

impl KnownPlugin {
    const ALL: [Self; 3] = [Self::Eks, Self::Aks, Self::Rancher];

    /// The plugin with this GUID, which has braces.
    pub(super) fn by_guid(guid: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.guid().eq_ignore_ascii_case(guid))
    }

    /// The plugin with this name on the command line.
    fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Its GUID, with braces.
    const fn guid(self) -> &'static str {
        match self {
            Self::Eks => "{859E1386-BDB4-49E8-85C7-3070B13920E1}",
            Self::Aks => "{CCC2A336-D7F3-4818-A213-272B7924213E}",
            Self::Rancher => "{e4781092-f116-4b79-b55e-28eb6a224e26}",
        }
    }

    /// Its name on the command line.
    const fn name(self) -> &'static str {
        match self {
            Self::Eks => "eks",
            Self::Aks => "aks",
            Self::Rancher => "rancher",
        }
    }

    /// The format of its input.
    const fn format(self) -> &'static str {
        match self {
            Self::Eks => {
                r#"the secret's ARN as text: {"credentialArn":"arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME"}"#
            }
            Self::Aks => "ObjectId=IDENTITY;SecretUri=https://VAULT.vault.azure.net/secrets/NAME",
            Self::Rancher => "NAMESPACE:SECRET",
        }
    }

    /// Whether the plugin accepts this input.
    fn accepts(self, input: &str) -> bool {
        match self {
            Self::Eks => credential_arn(input).is_some(),
            Self::Aks => is_key_vault(input),
            Self::Rancher => input.split_once(':').is_some_and(|(namespace, secret)| {
                field::check_namespace(namespace).is_ok() && field::check_object_name(secret).is_ok()
            }),
        }
    }
}

/// Checks the input of a plugin; None is one whose format is not known.
///
/// # Errors
/// The format that the plugin accepts. The input itself is not repeated: somebody may have put a password there.
pub(super) fn check_input(plugin: Option<KnownPlugin>, input: &str) -> Result<(), Violation> {
    match plugin {
        None if input.is_empty() => {
            Err(Violation::new(8, "the plugin needs an input", "the input that its documentation names"))
        }
        Some(known) if !known.accepts(input) => {
            let name = known.name();
            let why = format!("the plugin of {name} does not understand this input, and the container gets no account");
            Err(Violation::new(8, why, known.format()))
        }
        _ => Ok(()),
    }
}

/// The plugin that the flags give: a name or a GUID, and its input.
///
/// # Errors
/// The flag that is wrong, and why.
pub(super) fn from_flags(plugin: &str, input: &str) -> Result<Plugin, (&'static str, Violation)> {
    let (known, guid) = match KnownPlugin::by_name(plugin) {
        Some(known) => (Some(known), known.guid().to_owned()),
        None => {
            let guid = if field::is_guid(plugin) { format!("{{{plugin}}}") } else { plugin.to_owned() };
            field::check_plugin_guid(&guid).map_err(|violation| {
                ("--plugin", Violation { fix: "eks, aks, rancher, or the plugin's GUID".into(), ..violation })
            })?;
            (KnownPlugin::by_guid(&guid), guid)
        }
    };
    let input = match known {
        Some(KnownPlugin::Eks) if is_secret_arn(input) => eks_input(input),
        _ => input.to_owned(),
    };
    check_input(known, &input).map_err(|violation| ("--plugin-input", violation))?;
    Ok(Plugin { guid, input })
}

/// The input of the EKS plugin for this secret.
pub(super) fn eks_input(arn: &str) -> String {
    serde_json::json!({ "credentialArn": arn }).to_string()
}

/// The secret that an input of the EKS plugin names.
pub(super) fn credential_arn(input: &str) -> Option<String> {
    let value: Value = serde_json::from_str(input).ok()?;
    let arn = value.as_object().filter(|object| object.len() == 1)?.get("credentialArn")?.as_str()?;
    is_secret_arn(arn).then(|| arn.to_owned())
}

/// Whether this names a secret of Secrets Manager or a parameter of Systems Manager.
pub(super) fn is_secret_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [arn, partition, service, region, account, resource] = parts.as_slice() else { return false };
    let is_named = |prefix| resource.strip_prefix(prefix).is_some_and(|name: &str| !name.is_empty());
    *arn == "arn"
        && !partition.is_empty()
        && !region.is_empty()
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"')
        && match *service {
            "secretsmanager" => is_named("secret:"),
            "ssm" => is_named("parameter/"),
            _ => false,
        }
}

fn is_key_vault(input: &str) -> bool {
    let Some((identity, secret)) = input.split_once(';') else { return false };
    let Some(path) = secret.strip_prefix("SecretUri=https://") else { return false };
    let is_identity = identity.strip_prefix("ObjectId=").is_some_and(field::is_guid);
    let is_secret = path.split_once("/secrets/").is_some_and(|(vault, name)| !vault.is_empty() && !name.is_empty());
    is_identity && is_secret && !input.contains(char::is_whitespace)
}
