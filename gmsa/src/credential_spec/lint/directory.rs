//! `CmsPlugins`, `DomainJoinConfig` and the accounts.

use serde_json::{Map, Value};

use super::{ACCOUNTS, DOMAIN, Lint, join};
use crate::credential_spec::field;
use crate::credential_spec::violation::{Severity, Violation, excerpt};

impl Lint {
    pub(super) fn cms_plugins(&mut self, value: Option<&Value>) {
        let is_right = value.and_then(Value::as_array).is_some_and(|all| all.as_slice() == ["ActiveDirectory"]);
        if !is_right {
            let why = "without it the container has no Active Directory account";
            self.error("CmsPlugins", None, Violation::new(8, why, "[ActiveDirectory]"));
        }
    }

    /// Checks `DomainJoinConfig` and returns the machine account's name.
    pub(super) fn domain<'v>(&mut self, domain: &'v Map<String, Value>) -> Option<&'v str> {
        const FIELDS: [&str; 6] = ["DnsName", "DnsTreeName", "Guid", "MachineAccountName", "NetBiosName", "Sid"];
        self.only(domain, DOMAIN, &FIELDS);
        for (key, rule) in [
            ("DnsName", field::check_dns_name as fn(&str) -> Result<(), Violation>),
            ("DnsTreeName", field::check_dns_name),
            ("Guid", field::check_domain_guid),
            ("NetBiosName", field::check_netbios),
        ] {
            if let Some(text) = self.text(domain, DOMAIN, key) {
                self.check(join(DOMAIN, key), text, rule);
            }
        }
        if let Some(sid) = self.text(domain, DOMAIN, "Sid")
            && let Err(violation) = field::check_domain_sid(sid)
        {
            // Microsoft, Rancher and Kubernetes document the domain's SID; an older AWS blog shows the account's.
            let severity = if field::is_account_sid(sid) { Severity::Warning } else { Severity::Error };
            self.report(severity, join(DOMAIN, "Sid"), Some(sid), violation);
        }
        let machine = self.text(domain, DOMAIN, "MachineAccountName")?;
        self.check(join(DOMAIN, "MachineAccountName"), machine, field::check_account);
        Some(machine)
    }

    pub(super) fn accounts(&mut self, value: Option<&Value>, machine: Option<&str>, scopes: [Option<&str>; 2]) {
        let Some(accounts) = value.and_then(Value::as_array).filter(|accounts| !accounts.is_empty()) else {
            let why = "at least one account belongs here";
            return self.error(
                ACCOUNTS,
                None,
                Violation::new(8, why, "a list of {Name, Scope}, as `bookstore credspec` prints it"),
            );
        };
        let mut names = Vec::new();
        for (at, account) in accounts.iter().enumerate() {
            let path = format!("{ACCOUNTS}[{at}]");
            let Some(account) = self.object(account, &path) else { continue };
            self.only(account, &path, &["Name", "Scope"]);
            if let Some(name) = self.text(account, &path, "Name") {
                self.check(join(&path, "Name"), name, field::check_account);
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
            let why = "the machine account is none of GroupManagedServiceAccounts";
            self.error(
                join(DOMAIN, "MachineAccountName"),
                Some(machine),
                Violation::new(30, why, "the same name in both places"),
            );
        }
    }

    fn scope(&mut self, path: String, scope: &str, scopes: [Option<&str>; 2]) {
        let [Some(dns_name), Some(netbios)] = scopes else { return };
        if ![dns_name, netbios].iter().any(|known| known.eq_ignore_ascii_case(scope)) {
            let why = "this is neither the domain's DNS name nor its NetBIOS name";
            let fix = format!("{} or {}", excerpt(dns_name), excerpt(netbios));
            self.report(Severity::Warning, path, Some(scope), Violation::new(30, why, fix));
        }
    }
}
