//! Reads a credential spec back.

use serde_json::Value;

use super::lint::{Severity, lint};
use super::{CredentialSpec, Domain, Fault, Form, Plugin, plugin};

impl CredentialSpec {
    /// A credential spec from its content, without Kubernetes' envelope. Warnings do not stop it.
    ///
    /// # Errors
    /// All faults, if one of them is not only a warning.
    pub fn read(content: &Value, form: Form) -> Result<Self, Vec<Fault>> {
        let faults = lint(content, form);
        if faults.iter().any(|fault| fault.severity == Severity::Broken) {
            return Err(faults);
        }
        let text = |pointer: &str| content.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let account = text("/DomainJoinConfig/MachineAccountName");
        Ok(Self {
            additional: additional(content, &account),
            account,
            domain: Domain {
                dns_name: text("/DomainJoinConfig/DnsName"),
                forest: text("/DomainJoinConfig/DnsTreeName"),
                netbios: text("/DomainJoinConfig/NetBiosName"),
                sid: text("/DomainJoinConfig/Sid"),
                guid: text("/DomainJoinConfig/Guid"),
            },
            plugin: content.pointer("/ActiveDirectoryConfig/HostAccountConfig").map(|host| Plugin {
                guid: host["PluginGUID"].as_str().unwrap_or_default().to_owned(),
                input: input(&host["PluginInput"]),
            }),
        })
    }
}

/// The accounts beside the first, each once: they are listed by DNS name and by NetBIOS name.
fn additional(content: &Value, account: &str) -> Vec<String> {
    let accounts = content.pointer("/ActiveDirectoryConfig/GroupManagedServiceAccounts").and_then(Value::as_array);
    let mut names: Vec<String> = Vec::new();
    for name in accounts.into_iter().flatten().filter_map(|each| each["Name"].as_str()) {
        let is_known = names.iter().any(|known| known.eq_ignore_ascii_case(name));
        if !is_known && !name.eq_ignore_ascii_case(account) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The input as text; ECS has it as an object.
fn input(value: &Value) -> String {
    let in_ecs = |object: &serde_json::Map<String, Value>| {
        let arn = object.iter().find(|(key, _)| key.eq_ignore_ascii_case("credentialArn"));
        arn.and_then(|(_, value)| value.as_str()).map(plugin::eks_input)
    };
    match value {
        Value::Object(object) => in_ecs(object).unwrap_or_default(),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}
