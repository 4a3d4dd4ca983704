//! Names everything in a credential spec that would fail later, whatever its shape: nothing here trusts that a field is there or
//! of its type.

use serde_json::{Map, Value};

use super::{Problem, field, plugin::Known};

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

    fn cms_plugins(&mut self, value: Option<&Value>) {
        let is_right = value.and_then(Value::as_array).is_some_and(|all| all.as_slice() == ["ActiveDirectory"]);
        if !is_right {
            let why = "without it the container has no Active Directory account";
            self.broken("CmsPlugins", None, Problem::new(8, why, "[ActiveDirectory]"));
        }
    }

    /// The fields of `DomainJoinConfig`; answers the machine account's name.
    fn domain<'v>(&mut self, domain: &'v Map<String, Value>) -> Option<&'v str> {
        const FIELDS: [&str; 6] = ["DnsName", "DnsTreeName", "Guid", "MachineAccountName", "NetBiosName", "Sid"];
        self.only(domain, DOMAIN, &FIELDS);
        for (key, rule) in [
            ("DnsName", field::dns_name as fn(&str) -> Result<(), Problem>),
            ("DnsTreeName", field::dns_name),
            ("Guid", field::domain_guid),
            ("NetBiosName", field::netbios),
        ] {
            if let Some(text) = self.text(domain, DOMAIN, key) {
                self.check(join(DOMAIN, key), text, rule);
            }
        }
        if let Some(sid) = self.text(domain, DOMAIN, "Sid")
            && let Err(problem) = field::domain_sid(sid)
        {
            // Microsoft, Rancher and Kubernetes say the domain's; an older blog of AWS shows the account's.
            let severity = if field::is_account_sid(sid) { Severity::Warning } else { Severity::Broken };
            self.fault(severity, join(DOMAIN, "Sid"), Some(sid), problem);
        }
        let machine = self.text(domain, DOMAIN, "MachineAccountName")?;
        self.check(join(DOMAIN, "MachineAccountName"), machine, field::account);
        Some(machine)
    }

    fn accounts(&mut self, value: Option<&Value>, machine: Option<&str>, scopes: [Option<&str>; 2]) {
        let Some(accounts) = value.and_then(Value::as_array).filter(|accounts| !accounts.is_empty()) else {
            let why = "at least one account belongs here";
            return self.broken(
                ACCOUNTS,
                None,
                Problem::new(8, why, "a list of {Name, Scope}, as `bookstore credspec` prints it"),
            );
        };
        let mut names = Vec::new();
        for (at, account) in accounts.iter().enumerate() {
            let path = format!("{ACCOUNTS}[{at}]");
            let Some(account) = self.object(account, &path) else { continue };
            self.only(account, &path, &["Name", "Scope"]);
            if let Some(name) = self.text(account, &path, "Name") {
                self.check(join(&path, "Name"), name, field::account);
                names.push(name.to_lowercase());
            }
            if let Some(scope) = self.text(account, &path, "Scope") {
                self.scope(join(&path, "Scope"), scope, scopes);
            }
        }
        if let Some(machine) = machine
            && !names.is_empty()
            && !names.contains(&machine.to_lowercase())
        {
            let why = "the account that the container becomes is none of GroupManagedServiceAccounts";
            self.broken(
                join(DOMAIN, "MachineAccountName"),
                Some(machine),
                Problem::new(30, why, "the same name in both places"),
            );
        }
    }

    fn scope(&mut self, path: String, scope: &str, scopes: [Option<&str>; 2]) {
        let [Some(dns_name), Some(netbios)] = scopes else { return };
        if ![dns_name, netbios].iter().any(|known| known.eq_ignore_ascii_case(scope)) {
            let why = "this is neither the domain's DNS name nor its NetBIOS name";
            let fix = format!("{} or {}", excerpt(dns_name), excerpt(netbios));
            self.fault(Severity::Warning, path, Some(scope), Problem::new(30, why, fix));
        }
    }

    fn host_account(&mut self, host: &Value) {
        let Some(host) = self.object(host, HOST) else { return };
        self.only(host, HOST, &["PluginGUID", "PluginInput", "PortableCcgVersion"]);
        if let Some(version) = self.text(host, HOST, "PortableCcgVersion")
            && version != "1"
        {
            self.broken(
                join(HOST, "PortableCcgVersion"),
                Some(version),
                Problem::new(8, "there is no other version", "\"1\""),
            );
        }
        let known = self.plugin_guid(host);
        self.plugin_input(host, known);
    }

    fn plugin_guid(&mut self, host: &Map<String, Value>) -> Option<Known> {
        let at = join(HOST, "PluginGUID");
        // {859E1386-…} without quotes is a mapping in YAML.
        if let Some(Value::Object(flow)) = host.get("PluginGUID") {
            let guid = flow.keys().next().filter(|key| field::is_guid(key)).map_or("GUID", String::as_str);
            let why = "without quotes YAML takes the braces for a mapping";
            self.broken(at, None, Problem::new(8, why, format!("\"{{{guid}}}\", with the quotes")));
            return None;
        }
        let guid = self.text(host, HOST, "PluginGUID")?;
        self.check(at, guid, field::plugin_guid);
        Known::by_guid(guid)
    }

    fn plugin_input(&mut self, host: &Map<String, Value>, known: Option<Known>) {
        let at = join(HOST, "PluginInput");
        if let (Some(Value::Object(object)), form) = (host.get("PluginInput"), self.form) {
            let is_ecs =
                object.iter().any(|(key, value)| key.eq_ignore_ascii_case("credentialArn") && value.is_string());
            if form == Form::File && is_ecs {
                return;
            }
            let why = "an object here is the syntax of ECS; the CRD takes text, even if that looks like JSON";
            let text = serde_json::to_string(object).unwrap_or_default();
            let fix = if is_ecs {
                format!("'{}', with the quotes", text.replacen("CredentialArn", "credentialArn", 1))
            } else {
                "text".into()
            };
            return self.broken(at, None, Problem::new(30, why, fix));
        }
        let Some(input) = self.text(host, HOST, "PluginInput") else { return };
        let problem = match known {
            Some(known) => known.check(input),
            None if input.is_empty() => Err(Problem::new(8, "a plugin is given something", "what its makers say")),
            None => Ok(()),
        };
        if let Err(problem) = problem {
            self.broken(at, None, problem);
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
