//! Who may `use` which credential spec, as the API server evaluates roles and bindings.
//!
//! Source: Kubernetes' plugin/pkg/auth/authorizer/rbac and pkg/controller/clusterroleaggregation.

use serde_json::Value;

use crate::preflight::documents::Document;
use crate::preflight::objects::Objects;
use crate::preflight::workload::Workload;

/// The resource of credential specs, as roles name it.
pub(super) const RESOURCE: &str = "gmsacredentialspecs";
/// The API group of credential specs.
pub(super) const GROUP: &str = "windows.k8s.io";

/// The roles and bindings of the files.
#[derive(Clone, Copy)]
pub(in crate::preflight) struct Rights<'o, 'a> {
    pub(in crate::preflight) objects: &'o Objects<'a>,
}

/// A rule with the role that holds it.
#[derive(Clone, Copy)]
pub(super) struct PolicyRule<'a> {
    pub(super) role: &'a Document,
    /// Its index in the role.
    pub(super) index: usize,
    pub(super) value: &'a Value,
}

impl<'a> PolicyRule<'a> {
    /// Whether a list of the rule has this, or everything.
    pub(super) fn has(&self, key: &str, wanted: &str) -> bool {
        self.texts(key).iter().any(|text| *text == wanted || *text == "*")
    }

    pub(super) fn texts(&self, key: &str) -> Vec<&'a str> {
        self.value.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Whether it gives the right to use credential specs.
    fn gives_use(&self) -> bool {
        self.has("apiGroups", GROUP) && self.has("resources", RESOURCE) && self.has("verbs", "use")
    }
}

impl<'a> Rights<'_, 'a> {
    /// The rules of a role. An aggregated ClusterRole has those of the ClusterRoles that it selects; its own are
    /// overwritten.
    pub(super) fn rules(&self, role: &'a Document) -> Vec<PolicyRule<'a>> {
        let (mut rules, mut visited, mut next) = (Vec::new(), Vec::new(), vec![role]);
        while let Some(role) = next.pop() {
            if visited.iter().any(|other| std::ptr::eq(*other, role)) {
                continue;
            }
            visited.push(role);
            if is_aggregated(role) {
                let selectors = role.list("/aggregationRule/clusterRoleSelectors");
                let roles = self.objects.roles.iter().copied().filter(|other| other.kind() == "ClusterRole");
                next.extend(roles.filter(|other| selectors.iter().any(|selector| selects(selector, other))));
            } else {
                let own = role.list("/rules").iter().enumerate();
                rules.extend(own.map(|(index, value)| PolicyRule { role, index, value }));
            }
        }
        rules
    }

    /// Whether a role gives the right to use this credential spec.
    pub(super) fn allows(&self, role: &'a Document, name: &str) -> bool {
        self.rules(role).iter().filter(|rule| rule.gives_use()).any(|rule| {
            let names = rule.texts("resourceNames");
            names.is_empty() || names.contains(&name)
        })
    }

    /// Whether a role is about credential specs, whatever it lacks.
    pub(super) fn names_resource(&self, role: &'a Document) -> bool {
        self.rules(role).iter().any(|rule| rule.texts("resources").contains(&RESOURCE))
    }

    /// The credential specs that a binding gives the right to use, empty for all of them; None if its role is not in
    /// the files, or gives no such right.
    pub(in crate::preflight) fn specs_of(&self, binding: &Document) -> Option<Vec<&'a str>> {
        let rules = self.rules(self.role_of(binding)?);
        let lists: Vec<Vec<&str>> =
            rules.iter().filter(|rule| rule.gives_use()).map(|rule| rule.texts("resourceNames")).collect();
        if lists.iter().any(Vec::is_empty) {
            return Some(Vec::new());
        }
        Some(lists.concat()).filter(|names| !names.is_empty())
    }

    /// Whether a binding gives its role to the workload's service account.
    pub(in crate::preflight) fn reaches(&self, binding: &Document, workload: &Workload<'_>) -> bool {
        let namespace = workload.document.namespace();
        let is_near = binding.kind() == "ClusterRoleBinding" || may_be_same(binding.namespace(), namespace);
        is_near && binding.list("/subjects").iter().any(|subject| is_subject(subject, binding, workload))
    }

    /// The role that a binding refers to.
    pub(super) fn role_of(&self, binding: &Document) -> Option<&'a Document> {
        let (kind, name) = (binding.text("/roleRef/kind")?, binding.text("/roleRef/name")?);
        let is_it = |role: &&Document| {
            role.kind() == kind
                && role.name() == name
                && (kind == "ClusterRole" || may_be_same(role.namespace(), binding.namespace()))
        };
        self.objects.roles.iter().copied().find(is_it)
    }
}

/// The namespace of a service account subject: without one it is the binding's.
pub(super) fn namespace_of<'v>(subject: &'v Value, binding: &'v Document) -> Option<&'v str> {
    let own = subject.get("namespace").and_then(Value::as_str).filter(|namespace| !namespace.is_empty());
    own.or_else(|| binding.namespace())
}

/// Whether two namespaces may be the same: where a file names none, `kubectl -n` decides.
pub(super) fn may_be_same(one: Option<&str>, other: Option<&str>) -> bool {
    one.is_none() || other.is_none() || one == other
}

fn is_subject(subject: &Value, binding: &Document, workload: &Workload<'_>) -> bool {
    let (account, namespace) = (workload.service_account(), workload.document.namespace());
    let text = |key| subject.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = text("name");
    match text("kind") {
        // A ClusterRoleBinding has no namespace: without one of its own the subject is refused.
        "ServiceAccount" if binding.kind() == "ClusterRoleBinding" && text("namespace").is_empty() => false,
        "ServiceAccount" => name == account && may_be_same(namespace_of(subject, binding), namespace),
        "User" => match namespace {
            Some(namespace) => name == format!("system:serviceaccount:{namespace}:{account}"),
            None => name.starts_with("system:serviceaccount:") && name.ends_with(&format!(":{account}")),
        },
        "Group" => match name.strip_prefix("system:serviceaccounts:") {
            Some(of) => may_be_same(Some(of), namespace),
            None => matches!(name, "system:serviceaccounts" | "system:authenticated"),
        },
        _ => false,
    }
}

fn is_aggregated(role: &Document) -> bool {
    role.kind() == "ClusterRole" && !role.list("/aggregationRule/clusterRoleSelectors").is_empty()
}

/// Whether a label selector selects a role. An empty selector selects everything.
fn selects(selector: &Value, role: &Document) -> bool {
    let label = |key: &str| role.value.pointer("/metadata/labels").and_then(|labels| labels.get(key)?.as_str());
    let labels = selector.get("matchLabels").and_then(Value::as_object);
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    labels.into_iter().flatten().all(|(key, value)| label(key).is_some() && label(key) == value.as_str())
        && expressions.into_iter().flatten().all(|expression| {
            let text = |key| expression.get(key).and_then(Value::as_str).unwrap_or_default();
            let values = expression.get("values").and_then(Value::as_array);
            let value = label(text("key"));
            let is_listed = || values.into_iter().flatten().any(|listed| value.is_some() && listed.as_str() == value);
            match text("operator") {
                "In" => is_listed(),
                "NotIn" => !is_listed(),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}
