//! Names everything in a credential spec that would fail later, whatever its shape: nothing here trusts that a field is there or
//! of its type.

mod directory;
mod host;

use serde_json::{Map, Value};

use super::Problem;

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It may work.
    Warning,
    /// It will not.
    Broken,
}

/// What kind of file the credential spec stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `credspec` of a GMSACredentialSpec: the CRD takes text only.
    Kubernetes,
    /// A file of Docker's or of ECS's, which has the plugin's input as an object too.
    File,
}

/// Something in a credential spec that would fail later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// How bad it is.
    pub severity: Severity,
    /// The field, like `DomainJoinConfig.Sid`.
    pub path: String,
    /// Its value, where it may be shown: cut and escaped.
    pub value: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

/// Longest piece of a file that a message repeats, in characters.
const EXCERPT: usize = 64;

/// A piece of a file as messages show it: quoted, escaped and cut.
#[must_use]
pub fn excerpt(text: &str) -> String {
    let mut shown: String = text.chars().take(EXCERPT).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("\"{}\"", shown.escape_debug())
}

/// Everything that is wrong with a credential spec; `value` is its content, without Kubernetes' envelope.
#[must_use]
pub fn lint(value: &Value, form: Form) -> Vec<Fault> {
    let mut lint = Lint { form, faults: Vec::new() };
    let Some(content) = lint.object(value, "") else { return lint.faults };
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
    lint.faults
}

struct Lint {
    form: Form,
    faults: Vec<Fault>,
}

const ACCOUNTS: &str = "ActiveDirectoryConfig.GroupManagedServiceAccounts";
const HOST: &str = "ActiveDirectoryConfig.HostAccountConfig";
const DOMAIN: &str = "DomainJoinConfig";

impl Lint {
    fn fault(&mut self, severity: Severity, path: impl Into<String>, value: Option<&str>, problem: Problem) {
        self.faults.push(Fault { severity, path: path.into(), value: value.map(excerpt), problem });
    }

    fn broken(&mut self, path: impl Into<String>, value: Option<&str>, problem: Problem) {
        self.fault(Severity::Broken, path, value, problem);
    }

    fn object<'v>(&mut self, value: &'v Value, path: &str) -> Option<&'v Map<String, Value>> {
        if value.as_object().is_none() {
            let why = format!("an object belongs here, not {}", kind(value));
            self.broken(path, None, Problem::new(8, why, "what `bookstore credspec` prints"));
        }
        value.as_object()
    }

    fn member<'v>(&mut self, parent: &'v Map<String, Value>, path: &str, key: &str) -> Option<&'v Map<String, Value>> {
        let path = join(path, key);
        match parent.get(key) {
            Some(value) => self.object(value, &path),
            None => {
                self.broken(
                    path,
                    None,
                    Problem::new(8, "it is missing", format!("{key}, as `bookstore credspec` prints it")),
                );
                None
            }
        }
    }

    /// A field that is text. What is no text is a fault, unless it is missing and `optional`.
    fn text<'v>(&mut self, parent: &'v Map<String, Value>, path: &str, key: &str) -> Option<&'v str> {
        let at = join(path, key);
        match parent.get(key) {
            Some(Value::String(text)) => Some(text),
            Some(value) => {
                let why = format!("text belongs here, not {}: the API server refuses it, or Windows does", kind(value));
                self.broken(at, None, Problem::new(30, why, format!("{key} in quotes")));
                None
            }
            None => {
                self.broken(
                    at,
                    None,
                    Problem::new(8, "it is missing", format!("{key}, as `bookstore credspec` prints it")),
                );
                None
            }
        }
    }

    fn check(&mut self, at: String, text: &str, rule: fn(&str) -> Result<(), Problem>) {
        if let Err(problem) = rule(text) {
            self.broken(at, Some(text), problem);
        }
    }

    /// Fields of other names do nothing; most often they are misspelt.
    fn only(&mut self, object: &Map<String, Value>, path: &str, known: &[&str]) {
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            let nearest =
                known.iter().min_by_key(|name| strsim::osa_distance(&name.to_lowercase(), &key.to_lowercase()));
            let fix = format!("{}, or nothing", nearest.copied().unwrap_or_default());
            self.fault(
                Severity::Warning,
                join(path, key),
                None,
                Problem::new(6, "no field has this name: it is dropped", fix),
            );
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
