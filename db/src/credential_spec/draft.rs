//! From what a person wrote or the directory says to a credential spec, or to every reason against it.

use super::{CredentialSpec, Domain, Problem, field, plugin};

/// The facts that a credential spec is made of, unchecked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The domain's DNS name.
    pub domain: String,
    /// The forest's root domain, if it is another.
    pub forest: Option<String>,
    /// The domain's NetBIOS name.
    pub netbios: String,
    /// The domain's SID.
    pub sid: String,
    /// The domain's GUID, with or without braces.
    pub guid: String,
    /// The account that the container becomes, with or without `$`.
    pub gmsa: String,
    /// More accounts that it may use.
    pub additional: Vec<String>,
    /// `eks`, `aks`, `rancher` or a GUID.
    pub plugin: Option<String>,
    /// What the plugin is given.
    pub plugin_input: Option<String>,
}

/// A flag whose value would fail later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{flag}{}: {}; write {}", shown(.value.as_deref()), .problem.why, .problem.fix)]
pub struct Refusal {
    /// The flag.
    pub flag: &'static str,
    /// Its value, where it may be shown.
    pub value: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

fn shown(value: Option<&str>) -> String {
    value.map(|value| format!(" {}", super::lint::excerpt(value))).unwrap_or_default()
}

impl Draft {
    /// The credential spec, with a word on each value that was taken to mean something else than it says.
    ///
    /// # Errors
    /// Every flag that is wrong, not only the first.
    pub fn check(self) -> Result<(CredentialSpec, Vec<String>), Vec<Refusal>> {
        let mut check = Check::default();
        let account = check.account("--gmsa", &self.gmsa);
        let additional: Vec<String> =
            self.additional.iter().map(|name| check.account("--additional-gmsa", name)).collect();
        check.is_new(&account, &additional);
        let domain = Domain {
            dns_name: check.field("--domain", &self.domain, field::dns_name),
            forest: check.field("--forest", self.forest.as_ref().unwrap_or(&self.domain), field::dns_name),
            netbios: check.field("--netbios", &self.netbios, field::netbios),
            sid: check.field("--sid", &self.sid, field::domain_sid),
            guid: check.guid(&self.guid),
        };
        let plugin = check.plugin(self.plugin.as_deref(), self.plugin_input.as_deref());
        if self.forest.is_none() {
            check.refusals.retain(|refusal| refusal.flag != "--forest");
        }
        if check.refusals.is_empty() {
            Ok((CredentialSpec { domain, account, additional, plugin }, check.notes))
        } else {
            Err(check.refusals)
        }
    }
}

#[derive(Default)]
struct Check {
    refusals: Vec<Refusal>,
    notes: Vec<String>,
}

impl Check {
    fn refuse(&mut self, flag: &'static str, value: Option<&str>, problem: Problem) {
        self.refusals.push(Refusal { flag, value: value.map(str::to_owned), problem });
    }

    fn field(&mut self, flag: &'static str, value: &str, rule: fn(&str) -> Result<(), Problem>) -> String {
        if let Err(problem) = rule(value) {
            self.refuse(flag, Some(value), problem);
        }
        value.to_owned()
    }

    fn account(&mut self, flag: &'static str, value: &str) -> String {
        let name = value.strip_suffix('$').unwrap_or(value);
        if name != value {
            self.notes.push(format!("{flag} {value}: taken without its $, which no credential spec has"));
        }
        self.field(flag, name, field::account)
    }

    /// No account twice: directories do not tell upper case from lower.
    fn is_new(&mut self, account: &str, additional: &[String]) {
        let lower = |name: &String| name.to_lowercase();
        for (at, name) in additional.iter().enumerate() {
            let before = additional.iter().take(at).map(lower).chain([account.to_lowercase()]);
            if before.collect::<Vec<_>>().contains(&name.to_lowercase()) {
                self.refuse("--additional-gmsa", Some(name), Problem::new(30, "the account is named twice", "it once"));
            }
        }
    }

    fn guid(&mut self, value: &str) -> String {
        let bare = field::bare_guid(value).unwrap_or(value);
        if bare != value {
            self.notes.push(format!("--guid {value}: taken without its braces, which the domain's GUID has not here"));
        }
        self.field("--guid", bare, field::domain_guid).to_lowercase()
    }

    fn plugin(&mut self, plugin: Option<&str>, input: Option<&str>) -> Option<super::Plugin> {
        match (plugin, input) {
            (None, None) => None,
            (None, Some(_)) => {
                let why = "an input without a plugin that takes it";
                self.refuse(
                    "--plugin-input",
                    None,
                    Problem::new(8, why, "--plugin eks, aks, rancher or a GUID beside it"),
                );
                None
            }
            (Some(plugin), input) => match plugin::from_flags(plugin, input.unwrap_or_default()) {
                Ok(made) => {
                    if field::is_guid(plugin) {
                        self.notes.push(format!("--plugin {plugin}: written with the braces that Windows needs"));
                    }
                    Some(made)
                }
                Err((flag, problem)) => {
                    self.refuse(flag, Some(plugin).filter(|_| flag == "--plugin"), problem);
                    None
                }
            },
        }
    }
}
