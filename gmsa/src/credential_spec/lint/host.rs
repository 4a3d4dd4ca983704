//! `HostAccountConfig`: the plugin and its input.

use serde_json::{Map, Value};

use super::{Form, HOST, Lint, join};
use crate::credential_spec::field;
use crate::credential_spec::plugin::{self, KnownPlugin};
use crate::credential_spec::violation::Violation;

impl Lint {
    pub(super) fn host_account(&mut self, host: &Value) {
        let Some(host) = self.object(host, HOST) else { return };
        self.only(host, HOST, &["PluginGUID", "PluginInput", "PortableCcgVersion"]);
        if let Some(version) = self.text(host, HOST, "PortableCcgVersion")
            && version != "1"
        {
            self.error(
                join(HOST, "PortableCcgVersion"),
                Some(version),
                Violation::new(8, "the only version is 1", "\"1\""),
            );
        }
        let known = self.plugin_guid(host);
        self.plugin_input(host, known);
    }

    fn plugin_guid(&mut self, host: &Map<String, Value>) -> Option<KnownPlugin> {
        let at = join(HOST, "PluginGUID");
        // {859E1386-…} without quotes is a mapping in YAML.
        if let Some(Value::Object(flow)) = host.get("PluginGUID") {
            let guid = flow.keys().next().filter(|key| field::is_guid(key)).map_or("GUID", String::as_str);
            let why = "without quotes YAML reads the braces as a mapping";
            self.error(at, None, Violation::new(8, why, format!("\"{{{guid}}}\", with the quotes")));
            return None;
        }
        let guid = self.text(host, HOST, "PluginGUID")?;
        self.check(at, guid, field::check_plugin_guid);
        KnownPlugin::by_guid(guid)
    }

    fn plugin_input(&mut self, host: &Map<String, Value>, known: Option<KnownPlugin>) {
        let at = join(HOST, "PluginInput");
        if let (Some(Value::Object(object)), form) = (host.get("PluginInput"), self.form) {
            let is_ecs =
                object.iter().any(|(key, value)| key.eq_ignore_ascii_case("credentialArn") && value.is_string());
            if form == Form::File && is_ecs {
                return;
            }
            let why = "an object here is the syntax of ECS; the CRD accepts text, even if that looks like JSON";
            let text = serde_json::to_string(object).unwrap_or_default();
            let fix = if is_ecs {
                format!("'{}', with the quotes", text.replacen("CredentialArn", "credentialArn", 1))
            } else {
                "text".into()
            };
            return self.error(at, None, Violation::new(30, why, fix));
        }
        let Some(input) = self.text(host, HOST, "PluginInput") else { return };
        if let Err(violation) = plugin::check_input(known, input) {
            self.error(at, None, violation);
        }
    }
}
