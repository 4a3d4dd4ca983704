//! Whether one service account may use one credential spec, and if not, which role or binding lacks what.

use serde_json::Value;

use super::rights::{GROUP, RESOURCE, Rights, may_be_same, namespace_of};
use crate::credential_spec::excerpt;
use crate::credential_spec::print::role_name;
use crate::preflight::documents::Document;
use crate::preflight::finding::{Finding, FindingPosition};
use crate::preflight::workload::Workload;

/// The webhook's question: may this workload's service account use that credential spec?
pub(super) struct AccessReview<'o, 'a> {
    pub(super) workload: &'o Workload<'a>,
    pub(super) name: &'o str,
    pub(super) rights: Rights<'o, 'a>,
}

/// A role or binding that would give the right if it did not lack one part.
struct NearMiss {
    position: FindingPosition,
    what: String,
    fix: String,
}

impl<'a> AccessReview<'_, 'a> {
    /// The finding if the account may not.
    pub(super) fn finding(&self) -> Option<Finding> {
        let (objects, name) = (self.rights.objects, self.name);
        let gives = |binding: &&'a Document| {
            self.rights.reaches(binding, self.workload)
                && self.rights.role_of(binding).is_some_and(|role| self.rights.allows(role, name))
        };
        if objects.bindings.iter().any(gives) {
            return None;
        }
        let account = self.workload.service_account();
        let mut why = format!(
            "the webhook refuses the pod: service account \"{account}\" is not authorized to `use` GMSA cred spec \
             \"{name}\""
        );
        if objects.service_accounts.is_empty() && account != "default" {
            why += &format!(
                "; if there is no such account, the API server refuses it before: serviceaccount \"{account}\" not \
                 found"
            );
        }
        if let Some(NearMiss { position, what, fix }) = self.near_miss() {
            return Some(Finding::error(position, what, why, fix).known(5));
        }
        let position = self.workload.document.position(self.workload.field("serviceAccountName"));
        let what = format!("nothing lets the service account {} use {}", excerpt(account), excerpt(name));
        let namespace = self.workload.document.namespace().unwrap_or("NAMESPACE");
        let fix = format!(
            "the output of `bookstore credspec --name {name} --service-account {account} --namespace {namespace} …`"
        );
        let finding = match objects.roles.iter().any(|role| self.rights.names_resource(role)) {
            true => Finding::error(position, what, why, fix),
            false => Finding::warning(position, format!("{what} in these files; the cluster may"), why, fix),
        };
        Some(finding.known(5))
    }

    /// The first role or binding that lacks only one part.
    fn near_miss(&self) -> Option<NearMiss> {
        let objects = self.rights.objects;
        let bound = objects.bindings.iter().filter(|binding| self.rights.reaches(binding, self.workload));
        let by_role = bound.into_iter().find_map(|binding| match self.rights.role_of(binding) {
            Some(role) => self.role_lacks(role),
            None => self.dangling(binding),
        });
        let allows =
            |binding: &&&Document| self.rights.role_of(binding).is_some_and(|role| self.rights.allows(role, self.name));
        let by_binding = || objects.bindings.iter().filter(allows).find_map(|binding| self.binding_lacks(binding));
        by_role.or_else(by_binding).or_else(|| objects.roles.iter().find_map(|role| self.unbound(role)))
    }

    fn role_lacks(&self, role: &'a Document) -> Option<NearMiss> {
        self.rights.rules(role).iter().filter(|rule| rule.has("resources", RESOURCE)).find_map(|rule| {
            let near = |key: &str, what: String, fix: String| {
                let position = rule.role.position(format!("rules[{}].{key}", rule.index));
                Some(NearMiss { position, what, fix })
            };
            let names = rule.texts("resourceNames");
            if !rule.has("apiGroups", GROUP) {
                return near("apiGroups", "the rule is for another API group".into(), format!("apiGroups: [{GROUP}]"));
            }
            if !names.is_empty() && !names.contains(&self.name) {
                let listed = excerpt(&names.join(", "));
                let what = format!("the rule is for {listed}, and the pod names {}", excerpt(self.name));
                return near("resourceNames", what, format!("resourceNames: [{}]", self.name));
            }
            if !rule.has("verbs", "use") {
                let what = format!("the verbs are {}, without use", excerpt(&rule.texts("verbs").join(", ")));
                return near("verbs", what, "verbs: [use]".into());
            }
            None
        })
    }

    /// A binding of the usual name, or to the usual role, whose role is not in the files.
    fn dangling(&self, binding: &Document) -> Option<NearMiss> {
        let role = binding.text("/roleRef/name")?;
        let is_meant = [role, binding.name()].contains(&role_name(self.name).as_str());
        let kind = binding.text("/roleRef/kind").unwrap_or("role");
        is_meant.then(|| NearMiss {
            position: binding.position("roleRef.name"),
            what: format!("no {kind} is named {} in these files", excerpt(role)),
            fix: format!(
                "the ClusterRole {}, as `bookstore credspec --name {} …` prints it",
                role_name(self.name),
                self.name
            ),
        })
    }

    /// A binding to a right role that does not reach this pod.
    fn binding_lacks(&self, binding: &Document) -> Option<NearMiss> {
        let (account, namespace) = (self.workload.service_account(), self.workload.document.namespace());
        let near =
            |field: &str, what: String, fix: String| Some(NearMiss { position: binding.position(field), what, fix });
        let text =
            |subject: &'_ Value, key: &str| subject.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        if binding.kind() == "RoleBinding" && !may_be_same(binding.namespace(), namespace) {
            let (there, here) = (binding.namespace().unwrap_or_default(), namespace.unwrap_or_default());
            let what = format!("the binding is in the namespace {}, and the pod in {}", excerpt(there), excerpt(here));
            return near("metadata.namespace", what, format!("namespace: {here}"));
        }
        let subjects = binding.list("/subjects").iter().enumerate();
        let accounts = || subjects.clone().filter(|(_, subject)| text(subject, "kind") == "ServiceAccount");
        if let Some((at, subject)) = accounts().find(|(_, subject)| text(subject, "name") == account) {
            let (there, here) = (namespace_of(subject, binding).unwrap_or_default(), namespace.unwrap_or("NAMESPACE"));
            let what =
                format!("the service account is in the namespace {}, and the pod in {}", excerpt(there), excerpt(here));
            return near(&format!("subjects[{at}].namespace"), what, format!("namespace: {here}"));
        }
        let (at, subject) = accounts().next()?;
        let name = text(subject, "name");
        let what = format!("the service account is {}, and the pod runs as {}", excerpt(&name), excerpt(account));
        let fix = format!("name: {account}, or serviceAccountName: {name} in the pod");
        near(&format!("subjects[{at}].name"), what, fix)
    }

    /// A right role that nothing binds to any account.
    fn unbound(&self, role: &'a Document) -> Option<NearMiss> {
        let account = self.workload.service_account();
        self.rights.allows(role, self.name).then(|| NearMiss {
            position: role.position(""),
            what: format!("no binding gives it to the service account {}", excerpt(account)),
            fix: format!(
                "the RoleBinding that `bookstore credspec --name {} --service-account {account} …` prints",
                self.name
            ),
        })
    }
}
