//! The objects that matter to the check, sorted by kind.

use super::documents::Document;
use super::finding::Finding;
use super::workload::Workload;

/// The API group of roles and bindings.
pub(super) const RBAC_GROUP: &str = "rbac.authorization.k8s.io";

#[derive(Debug, Default)]
pub(super) struct Objects<'a> {
    pub(super) specs: Vec<&'a Document>,
    pub(super) roles: Vec<&'a Document>,
    pub(super) bindings: Vec<&'a Document>,
    pub(super) autoscalers: Vec<&'a Document>,
    pub(super) service_accounts: Vec<&'a Document>,
    pub(super) workloads: Vec<Workload<'a>>,
}

impl<'a> Objects<'a> {
    pub(super) fn of(documents: impl Iterator<Item = &'a Document>) -> Self {
        let mut objects = Self::default();
        for document in documents {
            match (document.group(), document.kind()) {
                (_, "GMSACredentialSpec") => objects.specs.push(document),
                (RBAC_GROUP, "Role" | "ClusterRole") => objects.roles.push(document),
                (RBAC_GROUP, "RoleBinding" | "ClusterRoleBinding") => objects.bindings.push(document),
                ("autoscaling", "HorizontalPodAutoscaler") => objects.autoscalers.push(document),
                ("", "ServiceAccount") => objects.service_accounts.push(document),
                _ => objects.workloads.extend(Workload::find(document)),
            }
        }
        objects
    }

    /// The credential spec of that name.
    pub(super) fn spec(&self, name: &str) -> Option<&'a Document> {
        self.specs.iter().copied().find(|spec| spec.name() == name)
    }

    /// The reason for which a workload accepts a finding about itself.
    pub(super) fn reason_to_accept(&self, finding: &Finding) -> Option<&'a str> {
        let annotation = format!("bookstore/accept-known-failure-{}", finding.known_failure?);
        let is_there = |workload: &&Workload<'a>| {
            let document = workload.document;
            document.file == finding.position.file
                && document.number == finding.position.document
                && document.object() == finding.position.object
        };
        self.workloads.iter().filter(is_there).find_map(|workload| workload.annotation(&annotation))
    }
}
