//! Finds everything in a credential spec that fails later, whatever its shape: no field is trusted to be there or to
//! have its type.

mod directory;
mod host;

use serde_json::{Map, Value};

use super::violation::{EXCERPT, FieldViolation, Severity, Violation, excerpt};
use crate::suggest::nearest;

/// Who reads the credential spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Kubernetes: `credspec` of a GMSACredentialSpec, whose CRD accepts only text in `HostAccountConfig`.
    Kubernetes,
    /// Docker or ECS; for ECS the plugin's input may be an object.
    File,
}

/// Reports everything that is wrong with a credential spec; `value` is its content, without Kubernetes' envelope.
pub(crate) fn lint(value: &Value, form: Form) -> Vec<FieldViolation> {
    let mut lint = Lint { form, violations: Vec::new() };
    let Some(content) = lint.object(value, "") else { return lint.violations };
    lint.only(content, "", &["ActiveDirectoryConfig", "CmsPlugins", "DomainJoinConfig"]);
    lint.cms_plugins(content.get("CmsPlugins"));
    let domain = lint.member(content, "", "DomainJoinConfig");
    let machine = domain.and_then(|domain| lint.domain(domain));
    let scopes = ["DnsName", "NetBiosName"].map(|key| domain?.get(key)?.as_str());
    if let Some(directory) = lint.member(content, "", "ActiveDirectoryConfig") {
        lint.only(directory, "ActiveDirectoryConfig", &["GroupManagedServiceAccounts", "HostAccountConfig"]);
        lint.accounts(directory.get("GroupManagedServiceAccounts"), machine, scopes);
        if let Some(host) = directory.get("HostAccountConfig") {
            lint.host_account(host);
        }
    }
    lint.violations
}

struct Lint {
    form: Form,
    violations: Vec<FieldViolation>,
}

const ACCOUNTS: &str = "ActiveDirectoryConfig.GroupManagedServiceAccounts";
const HOST: &str = "ActiveDirectoryConfig.HostAccountConfig";
const DOMAIN: &str = "DomainJoinConfig";

impl Lint {
    fn report(&mut self, severity: Severity, path: impl Into<String>, value: Option<&str>, violation: Violation) {
        self.violations.push(FieldViolation { severity, path: path.into(), value: value.map(excerpt), violation });
    }

    fn error(&mut self, path: impl Into<String>, value: Option<&str>, violation: Violation) {
        self.report(Severity::Error, path, value, violation);
    }

    fn object<'v>(&mut self, value: &'v Value, path: &str) -> Option<&'v Map<String, Value>> {
        if value.as_object().is_none() {
            let why = format!("an object belongs here, not {}", kind(value));
            self.error(path, None, Violation::new(8, why, "what `bookstore credspec` prints"));
        }
        value.as_object()
    }

    fn member<'v>(&mut self, parent: &'v Map<String, Value>, path: &str, key: &str) -> Option<&'v Map<String, Value>> {
        let path = join(path, key);
        match parent.get(key) {
            Some(value) => self.object(value, &path),
            None => {
                self.error(
                    path,
                    None,
                    Violation::new(8, "the field is missing", format!("{key}, as `bookstore credspec` prints it")),
                );
                None
            }
        }
    }

    /// A field that must be text.
    fn text<'v>(&mut self, parent: &'v Map<String, Value>, path: &str, key: &str) -> Option<&'v str> {
        let at = join(path, key);
        match parent.get(key) {
            Some(Value::String(text)) => Some(text),
            Some(value) => {
                let why = format!("text belongs here, not {}: the API server refuses it, or Windows does", kind(value));
                self.error(at, None, Violation::new(30, why, format!("{key} in quotes")));
                None
            }
            None => {
                self.error(
                    at,
                    None,
                    Violation::new(8, "the field is missing", format!("{key}, as `bookstore credspec` prints it")),
                );
                None
            }
        }
    }

    fn check(&mut self, at: String, text: &str, rule: fn(&str) -> Result<(), Violation>) {
        if let Err(violation) = rule(text) {
            self.error(at, Some(text), violation);
        }
    }

    /// Reports fields of other names: the API server refuses them, Docker and ECS ignore them.
    fn only(&mut self, object: &Map<String, Value>, path: &str, known: &[&str]) {
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            let field = join(path, key);
            let (severity, why) = match self.form {
                Form::Kubernetes => {
                    let message = "the API server refuses the object: strict decoding error: unknown field";
                    (Severity::Error, format!("{message} \"credspec.{field}\""))
                }
                Form::File => (Severity::Warning, "no field has this name: it has no effect".to_owned()),
            };
            let fix = match nearest(key, known.iter().copied()) {
                Some(name) => format!("{name}, or remove it"),
                None => format!("remove it; the fields are {}", known.join(", ")),
            };
            self.report(severity, field, None, Violation::new(6, why, fix));
        }
    }
}

fn join(path: &str, key: &str) -> String {
    let key: String = key.chars().take(EXCERPT).collect();
    if path.is_empty() { key } else { format!("{path}.{key}") }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
