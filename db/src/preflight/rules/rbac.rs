//! Whether each pod's service account may `use` the credential spec that the pod names (row 5): what the webhook asks the API server.

use serde_json::Value;

use super::super::Finding;
use super::super::documents::Document;
use super::super::objects::{Objects, Workload};
use crate::credential_spec::lint::{Severity, excerpt};
use crate::credential_spec::print::role_name;

pub(super) fn rule(objects: &Objects<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for workload in &objects.workloads {
        let mut names: Vec<&str> =
            workload.seen_by_webhook().iter().filter_map(|part| Some(part.spec_name()?.1)).collect();
        names.sort_unstable();
        names.dedup();
        findings.extend(names.into_iter().filter_map(|name| Asked { workload, name, objects }.finding()));
    }
    findings
}

/// The webhook's question: may this workload's service account use that credential spec?
struct Asked<'o, 'a> {
    workload: &'o Workload<'a>,
    name: &'o str,
    objects: &'o Objects<'a>,
}

/// Something that is almost the right, and what it lacks.
struct Near {
    place: super::super::Place,
    what: String,
    fix: String,
}

impl<'a> Asked<'_, 'a> {
    fn finding(&self) -> Option<Finding> {
        let bindings = &self.objects.bindings;
        if bindings.iter().any(|binding| self.binds(binding) && self.role(binding).is_some_and(|role| self.lets(role)))
        {
            return None;
        }
        let account = self.workload.service_account();
        let why = format!(
            "the webhook refuses the pod: service account \"{account}\" is not authorized to `use` GMSA cred spec \"{}\"",
            self.name
        );
        if let Some(Near { place, what, fix }) = self.near() {
            return Some(Finding { severity: Severity::Broken, row: Some(5), place, what, why, fix });
        }
        let name = self.name;
        let speaks = |role: &&Document| rules(role).iter().any(|rule| has(rule, "resources", "gmsacredentialspecs"));
        let (severity, known) = match self.objects.roles.iter().copied().any(|role| speaks(&role)) {
            true => (Severity::Broken, ""),
            false => (Severity::Warning, " in these files; the cluster may"),
        };
        Some(Finding {
            severity,
            row: Some(5),
            place: self.workload.document.place(self.workload.field("serviceAccountName")),
            what: format!("nothing lets the service account {} use {}{known}", excerpt(account), excerpt(name)),
            why,
            fix: format!(
                "the output of `bookstore credspec --name {name} --service-account {account} --namespace {} …`",
                self.workload.document.namespace().unwrap_or("NAMESPACE")
            ),
        })
    }

    /// The first thing that lacks one part only.
    fn near(&self) -> Option<Near> {
        let bound = self.objects.bindings.iter().filter(|binding| self.binds(binding));
        let by_role = bound.into_iter().find_map(|binding| match self.role(binding) {
            Some(role) => self.role_lacks(role),
            None => self.dangling(binding),
        });
        let letting = |binding: &&&Document| self.role(binding).is_some_and(|role| self.lets(role));
        let by_binding =
            || self.objects.bindings.iter().filter(letting).find_map(|binding| self.binding_lacks(binding));
        by_role.or_else(by_binding).or_else(|| self.objects.roles.iter().find_map(|role| self.unbound(role)))
    }

    fn role_lacks(&self, role: &Document) -> Option<Near> {
        let near = |field: &str, what: String, fix: String| Some(Near { place: role.place(field), what, fix });
        for (at, rule) in
            rules(role).iter().enumerate().filter(|(_, rule)| has(rule, "resources", "gmsacredentialspecs"))
        {
            let names = texts(rule, "resourceNames");
            if !has(rule, "apiGroups", "windows.k8s.io") {
                let what = "the rule is of another API group".into();
                return near(&format!("rules[{at}].apiGroups"), what, "apiGroups: [windows.k8s.io]".into());
            }
            if !names.is_empty() && !names.contains(&self.name) {
                let what =
                    format!("the rule is for {}, and the pod names {}", excerpt(&names.join(", ")), excerpt(self.name));
                return near(&format!("rules[{at}].resourceNames"), what, format!("resourceNames: [{}]", self.name));
            }
            if !has(rule, "verbs", "use") {
                let what = format!("the verbs are {}, without use", excerpt(&texts(rule, "verbs").join(", ")));
                return near(&format!("rules[{at}].verbs"), what, "verbs: [use]".into());
            }
        }
        None
    }

    /// A binding of the usual name, or of the usual role, whose role is not in the files.
    fn dangling(&self, binding: &Document) -> Option<Near> {
        let role = binding.text("/roleRef/name")?;
        let is_meant = [role, binding.name()].contains(&role_name(self.name).as_str());
        is_meant.then(|| Near {
            place: binding.place("roleRef.name"),
            what: format!(
                "no {} is named {} in these files",
                binding.text("/roleRef/kind").unwrap_or("role"),
                excerpt(role)
            ),
            fix: format!(
                "the ClusterRole {}, as `bookstore credspec --name {} …` prints it",
                role_name(self.name),
                self.name
            ),
        })
    }

    /// A binding of a right role that does not reach this pod.
    fn binding_lacks(&self, binding: &Document) -> Option<Near> {
        let (account, namespace) = (self.workload.service_account(), self.workload.document.namespace());
        let near = |field: &str, what: String, fix: String| Some(Near { place: binding.place(field), what, fix });
        if binding.kind() == "RoleBinding" && !same(binding.namespace(), namespace) {
            let (there, here) = (binding.namespace().unwrap_or_default(), namespace.unwrap_or_default());
            let what = format!("the binding is in the namespace {}, and the pod in {}", excerpt(there), excerpt(here));
            return near("metadata.namespace", what, format!("namespace: {here}"));
        }
        let subjects = binding.value.get("subjects").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let accounts = || subjects.iter().enumerate().filter(|(_, subject)| text(subject, "kind") == "ServiceAccount");
        if let Some((at, subject)) = accounts().find(|(_, subject)| text(subject, "name") == account) {
            let (there, here) = (text(subject, "namespace"), namespace.unwrap_or("NAMESPACE"));
            let what =
                format!("the service account is in the namespace {}, and the pod in {}", excerpt(there), excerpt(here));
            return near(&format!("subjects[{at}].namespace"), what, format!("namespace: {here}"));
        }
        let (at, subject) = accounts().next()?;
        let what = format!(
            "the service account is {}, and the pod runs as {}",
            excerpt(text(subject, "name")),
            excerpt(account)
        );
        near(
            &format!("subjects[{at}].name"),
            what,
            format!("name: {account}, or serviceAccountName: {} in the pod", text(subject, "name")),
        )
    }

    /// A right role that nothing binds to anybody.
    fn unbound(&self, role: &Document) -> Option<Near> {
        let account = self.workload.service_account();
        self.lets(role).then(|| Near {
            place: role.place(""),
            what: format!("no binding gives it to the service account {}", excerpt(account)),
            fix: format!(
                "the RoleBinding that `bookstore credspec --name {} --service-account {account} …` prints",
                self.name
            ),
        })
    }

    /// Whether a binding reaches the pod's service account.
    fn binds(&self, binding: &Document) -> bool {
        let namespace = self.workload.document.namespace();
        let is_near = binding.kind() == "ClusterRoleBinding" || same(binding.namespace(), namespace);
        let subjects = binding.value.get("subjects").and_then(Value::as_array);
        is_near && subjects.into_iter().flatten().any(|subject| self.is_meant(subject, namespace))
    }

    fn is_meant(&self, subject: &Value, namespace: Option<&str>) -> bool {
        let (account, name) = (self.workload.service_account(), text(subject, "name"));
        match text(subject, "kind") {
            "ServiceAccount" => name == account && same(Some(text(subject, "namespace")), namespace),
            "User" => namespace.is_some_and(|namespace| name == format!("system:serviceaccount:{namespace}:{account}")),
            "Group" => match name.strip_prefix("system:serviceaccounts:") {
                Some(of) => same(Some(of), namespace),
                None => matches!(name, "system:serviceaccounts" | "system:authenticated"),
            },
            _ => false,
        }
    }

    /// The role that a binding is of.
    fn role(&self, binding: &Document) -> Option<&'a Document> {
        let (kind, name) = (binding.text("/roleRef/kind")?, binding.text("/roleRef/name")?);
        let is_it = |role: &&Document| {
            role.kind() == kind
                && role.name() == name
                && (kind == "ClusterRole" || same(role.namespace(), binding.namespace()))
        };
        self.objects.roles.iter().copied().find(is_it)
    }

    fn lets(&self, role: &Document) -> bool {
        rules(role).iter().any(|rule| {
            let names = texts(rule, "resourceNames");
            has(rule, "apiGroups", "windows.k8s.io")
                && has(rule, "resources", "gmsacredentialspecs")
                && has(rule, "verbs", "use")
                && (names.is_empty() || names.contains(&self.name))
        })
    }
}

/// Whether two namespaces may be the same: one that is not said may be any, by `kubectl -n`.
fn same(one: Option<&str>, other: Option<&str>) -> bool {
    one.is_none() || other.is_none() || one == other
}

fn rules(role: &Document) -> &[Value] {
    role.value.get("rules").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn texts<'v>(rule: &'v Value, key: &str) -> Vec<&'v str> {
    rule.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Whether a list of a rule has this, or everything.
fn has(rule: &Value, key: &str, wanted: &str) -> bool {
    texts(rule, key).iter().any(|text| *text == wanted || *text == "*")
}
