//! The plugins by which a node outside of the domain gets at the gMSA's password, and what each is given.
//!
//! GUIDs and forms: docs/gmsa-facts.md section 2.

use serde_json::Value;

use super::{Plugin, Problem, field};

/// A plugin whose input's form is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// In the Windows AMIs of EKS and ECS: an account in Secrets Manager.
    Eks,
    /// On AKS: an account in a Key Vault.
    Aks,
    /// Rancher's: an account in a Secret of the cluster.
    Rancher,
}

impl Known {
    const ALL: [Self; 3] = [Self::Eks, Self::Aks, Self::Rancher];

    /// The plugin of this GUID, which has braces.
    #[must_use]
    pub fn by_guid(guid: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.guid().eq_ignore_ascii_case(guid))
    }

    /// The plugin that goes by this name on the command line.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Its GUID, with braces.
    #[must_use]
    pub const fn guid(self) -> &'static str {
        match self {
            Self::Eks => "{859E1386-BDB4-49E8-85C7-3070B13920E1}",
            Self::Aks => "{CCC2A336-D7F3-4818-A213-272B7924213E}",
            Self::Rancher => "{e4781092-f116-4b79-b55e-28eb6a224e26}",
        }
    }

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eks => "eks",
            Self::Aks => "aks",
            Self::Rancher => "rancher",
        }
    }

    /// What its input looks like.
    const fn form(self) -> &'static str {
        match self {
            Self::Eks => {
                r#"the secret's ARN as text: {"credentialArn":"arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME"}"#
            }
            Self::Aks => "ObjectId=IDENTITY;SecretUri=https://VAULT.vault.azure.net/secrets/NAME",
            Self::Rancher => "NAMESPACE:SECRET",
        }
    }

    /// Whether it understands this input.
    ///
    /// # Errors
    /// The form that it takes. The input itself is not repeated: somebody may have put a password there.
    pub fn check(self, input: &str) -> Result<(), Problem> {
        let understood = match self {
            Self::Eks => credential_arn(input).is_some(),
            Self::Aks => is_key_vault(input),
            Self::Rancher => input.split_once(':').is_some_and(|(namespace, secret)| {
                field::namespace(namespace).is_ok() && field::object_name(secret).is_ok()
            }),
        };
        if understood {
            return Ok(());
        }
        let why =
            format!("the plugin of {} does not understand this input, and the container gets no account", self.name());
        Err(Problem::new(8, why, self.form()))
    }
}

/// A plugin by what the command line gives: a name or a GUID, and its input.
pub(super) fn from_flags(plugin: &str, input: &str) -> Result<Plugin, (&'static str, Problem)> {
    let Some(known) = Known::by_name(plugin) else {
        let guid = if field::is_guid(plugin) { format!("{{{plugin}}}") } else { plugin.to_owned() };
        field::plugin_guid(&guid).map_err(|problem| {
            ("--plugin", Problem { fix: "eks, aks, rancher, or the plugin's GUID".into(), ..problem })
        })?;
        let problem = match Known::by_guid(&guid) {
            Some(known) => known.check(input),
            None if input.is_empty() => Err(Problem::new(8, "a plugin is given something", "what its makers say")),
            None => Ok(()),
        };
        return problem
            .map(|()| Plugin { guid, input: input.to_owned() })
            .map_err(|problem| ("--plugin-input", problem));
    };
    let input = match known {
        Known::Eks if is_secret_arn(input) => eks_input(input),
        _ => input.to_owned(),
    };
    known.check(&input).map_err(|problem| ("--plugin-input", problem))?;
    Ok(Plugin { guid: known.guid().to_owned(), input })
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
