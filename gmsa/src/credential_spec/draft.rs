//! The facts for a credential spec, from flags or from the directory, and their validation.

use super::spec::{CredentialSpec, Domain, Plugin};
use super::violation::{Violation, excerpt};
use super::{field, plugin};

/// The facts for a credential spec, not yet validated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpecDraft {
    /// The domain's DNS name.
    pub domain: String,
    /// The forest's root domain, if it is another one.
    pub forest: Option<String>,
    /// The domain's NetBIOS name.
    pub netbios: String,
    /// The domain's SID.
    pub sid: String,
    /// The domain's GUID, with or without braces.
    pub guid: String,
    /// The account that the container gets, with or without `$`.
    pub gmsa: String,
    /// More accounts that it may use.
    pub additional: Vec<String>,
    /// `eks`, `aks`, `rancher` or a GUID.
    pub plugin: Option<String>,
    /// The plugin's input.
    pub plugin_input: Option<String>,
}

/// A flag whose value fails later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{flag}{}: {}; write {}", shown(.value.as_deref()), .violation.why, .violation.fix)]
pub struct FlagError {
    /// The flag.
    pub flag: &'static str,
    /// Its value, where it may be shown.
    pub value: Option<String>,
    /// What is wrong.
    pub violation: Violation,
}

fn shown(value: Option<&str>) -> String {
    value.map(|value| format!(" {}", excerpt(value))).unwrap_or_default()
}

impl SpecDraft {
    /// The credential spec, with a note on each value that was corrected.
    ///
    /// # Errors
    /// Every flag that is wrong, not only the first.
    pub fn validate(self) -> Result<(CredentialSpec, Vec<String>), Vec<FlagError>> {
        let mut check = Check::default();
        let account = check.account("--gmsa", &self.gmsa);
        let additional: Vec<String> =
            self.additional.iter().map(|name| check.account("--additional-gmsa", name)).collect();
        check.duplicates(&account, &additional);
        let dns_name = check.field("--domain", &self.domain, field::check_dns_name);
        let forest = match &self.forest {
            Some(forest) => check.field("--forest", forest, field::check_dns_name),
            None => dns_name.clone(),
        };
        let netbios = check.field("--netbios", &self.netbios, field::check_netbios);
        let sid = check.field("--sid", &self.sid, field::check_domain_sid);
        let guid = check.guid(&self.guid);
        let plugin = check.plugin(self.plugin.as_deref(), self.plugin_input.as_deref());
        if !check.errors.is_empty() {
            return Err(check.errors);
        }
        let domain = Domain { dns_name, forest, netbios, sid, guid };
        Ok((CredentialSpec { domain, account, additional, plugin }, check.notes))
    }
}

#[derive(Default)]
struct Check {
    errors: Vec<FlagError>,
    notes: Vec<String>,
}

impl Check {
    fn error(&mut self, flag: &'static str, value: Option<&str>, violation: Violation) {
        self.errors.push(FlagError { flag, value: value.map(str::to_owned), violation });
    }

    fn field(&mut self, flag: &'static str, value: &str, rule: fn(&str) -> Result<(), Violation>) -> String {
        if let Err(violation) = rule(value) {
            self.error(flag, Some(value), violation);
        }
        value.to_owned()
    }

    fn account(&mut self, flag: &'static str, value: &str) -> String {
        let name = value.strip_suffix('$').unwrap_or(value);
        if name != value {
            self.notes.push(format!("{flag} {value}: used without its $, as credential specs have it"));
        }
        self.field(flag, name, field::check_account)
    }

    /// Reports accounts that are named twice; directories do not distinguish upper and lower case.
    fn duplicates(&mut self, account: &str, additional: &[String]) {
        let lower = |name: &String| name.to_lowercase();
        for (at, name) in additional.iter().enumerate() {
            let mut earlier = additional.iter().take(at).map(lower).chain([account.to_lowercase()]);
            if earlier.any(|other| other == name.to_lowercase()) {
                let violation = Violation::new(30, "the account is named twice", "it once");
                self.error("--additional-gmsa", Some(name), violation);
            }
        }
    }

    fn guid(&mut self, value: &str) -> String {
        let bare = field::bare_guid(value).unwrap_or(value);
        if bare != value {
            self.notes.push(format!("--guid {value}: used without its braces, as credential specs have it"));
        }
        self.field("--guid", bare, field::check_domain_guid).to_lowercase()
    }

    fn plugin(&mut self, plugin: Option<&str>, input: Option<&str>) -> Option<Plugin> {
        let Some(plugin) = plugin else {
            if input.is_some() {
                let why = "there is an input and no plugin";
                let violation = Violation::new(8, why, "--plugin eks, aks, rancher or a GUID beside it");
                self.error("--plugin-input", None, violation);
            }
            return None;
        };
        match plugin::from_flags(plugin, input.unwrap_or_default()) {
            Ok(parsed) => {
                if field::is_guid(plugin) {
                    self.notes.push(format!("--plugin {plugin}: used with the braces that Windows needs"));
                }
                Some(parsed)
            }
            // The input itself is not shown: somebody may have put a password there.
            Err((flag, violation)) => {
                self.error(flag, Some(plugin).filter(|_| flag == "--plugin"), violation);
                None
            }
        }
    }
}
