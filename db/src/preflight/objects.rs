//! The objects that matter here, out of all documents.

use serde_json::Value;

use super::Finding;
use super::documents::Document;

#[derive(Debug, Default)]
pub(super) struct Objects<'a> {
    pub(super) specs: Vec<&'a Document>,
    pub(super) roles: Vec<&'a Document>,
    pub(super) bindings: Vec<&'a Document>,
    pub(super) autoscalers: Vec<&'a Document>,
    pub(super) workloads: Vec<Workload<'a>>,
}

impl<'a> Objects<'a> {
    pub(super) fn of(documents: impl Iterator<Item = &'a Document>) -> Self {
        let mut objects = Self::default();
        for document in documents {
            match document.kind() {
                "GMSACredentialSpec" => objects.specs.push(document),
                "Role" | "ClusterRole" => objects.roles.push(document),
                "RoleBinding" | "ClusterRoleBinding" => objects.bindings.push(document),
                "HorizontalPodAutoscaler" => objects.autoscalers.push(document),
                _ => objects.workloads.extend(Workload::of(document)),
            }
        }
        objects
    }

    /// The credential spec of that name.
    pub(super) fn spec(&self, name: &str) -> Option<&'a Document> {
        self.specs.iter().copied().find(|spec| spec.name() == name)
    }

    /// Why a workload says that what was found in it is meant so.
    pub(super) fn reason_for(&self, finding: &Finding) -> Option<&'a str> {
        let annotation = format!("bookstore/accept-row-{}", finding.row?);
        let is_there = |workload: &&Workload<'a>| {
            let document = workload.document;
            document.file == finding.place.file
                && document.number == finding.place.document
                && finding.place.object == document.place("").object
        };
        let workload = self.workloads.iter().find(is_there)?;
        let annotations = [workload.document.value.pointer("/metadata"), workload.metadata()];
        annotations.into_iter().flatten().find_map(|metadata| metadata.get("annotations")?.get(&annotation)?.as_str())
    }
}

/// Something that makes pods.
#[derive(Debug)]
pub(super) struct Workload<'a> {
    pub(super) document: &'a Document,
    /// The pod's spec.
    pub(super) pod: &'a Value,
    /// Where that is.
    path: &'static [&'static str],
}

/// A container of a pod, or the pod as a whole, which containers inherit from.
pub(super) struct Part<'a> {
    /// `containers`, `initContainers`, `ephemeralContainers`, or empty for the pod.
    pub(super) list: &'static str,
    pub(super) field: String,
    pub(super) value: &'a Value,
}

impl<'a> Part<'a> {
    pub(super) fn name(&self) -> &'a str {
        self.value.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// One of the Windows options of its security context, and where it stands.
    pub(super) fn option(&self, key: &str) -> Option<(String, &'a Value)> {
        let value =
            self.value.pointer(&format!("/securityContext/windowsOptions/{key}")).filter(|value| !value.is_null())?;
        Some((format!("{}.securityContext.windowsOptions.{key}", self.field), value))
    }

    /// The credential spec that it names, and where.
    pub(super) fn spec_name(&self) -> Option<(String, &'a str)> {
        let (field, value) = self.option("gmsaCredentialSpecName")?;
        value.as_str().map(|name| (field, name))
    }
}

impl<'a> Workload<'a> {
    fn of(document: &'a Document) -> Option<Self> {
        const TEMPLATE: &[&str] = &["spec", "template", "spec"];
        let path: &'static [&'static str] = match document.kind() {
            "Pod" => &["spec"],
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => TEMPLATE,
            "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
            _ => return None,
        };
        let pod = document.value.pointer(&format!("/{}", path.join("/")))?;
        Some(Self { document, pod, path })
    }

    /// The metadata of its pods.
    fn metadata(&self) -> Option<&'a Value> {
        let (_, template) = self.path.split_last()?;
        let pointer: String = template.iter().map(|part| format!("/{part}")).collect();
        self.document.value.pointer(&pointer)?.get("metadata")
    }

    /// A field of the pod's spec, by its whole path.
    pub(super) fn field(&self, name: &str) -> String {
        format!("{}.{name}", self.path.join("."))
    }

    /// The pod itself, then its containers of every kind.
    pub(super) fn parts(&self) -> Vec<Part<'a>> {
        let mut parts = vec![Part { list: "", field: self.path.join("."), value: self.pod }];
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            let containers = self.pod.get(list).and_then(Value::as_array);
            for (at, value) in containers.into_iter().flatten().enumerate() {
                parts.push(Part { list, field: self.field(&format!("{list}[{at}]")), value });
            }
        }
        parts
    }

    /// Those that the webhook looks at.
    pub(super) fn seen_by_webhook(&self) -> Vec<Part<'a>> {
        self.parts().into_iter().filter(|part| matches!(part.list, "" | "containers")).collect()
    }

    /// Every credential spec that it names, and where.
    pub(super) fn spec_names(&self) -> Vec<(String, &'a str)> {
        self.parts().iter().filter_map(Part::spec_name).collect()
    }

    pub(super) fn wants_gmsa(&self) -> bool {
        !self.spec_names().is_empty()
    }

    pub(super) fn service_account(&self) -> &'a str {
        let named = ["serviceAccountName", "serviceAccount"].into_iter().find_map(|key| self.pod.get(key)?.as_str());
        named.filter(|name| !name.is_empty()).unwrap_or("default")
    }

    /// How many of its pods may run at once, by the files, and what says so.
    pub(super) fn at_once(&self, autoscalers: &[&Document]) -> (u64, String) {
        let number =
            |pointer: &str, unset: u64| self.document.value.pointer(pointer).and_then(Value::as_u64).unwrap_or(unset);
        let document = self.document;
        match document.kind() {
            "DaemonSet" => (u64::MAX, "a DaemonSet has one pod a node".into()),
            "Job" => (number("/spec/parallelism", 1), "spec.parallelism".into()),
            "CronJob" => (number("/spec/jobTemplate/spec/parallelism", 1), "spec.jobTemplate.spec.parallelism".into()),
            "Pod" => (1, String::new()),
            _ => {
                let scales = |autoscaler: &&&Document| {
                    autoscaler.text("/spec/scaleTargetRef/kind") == Some(document.kind())
                        && autoscaler.text("/spec/scaleTargetRef/name") == Some(document.name())
                };
                let most =
                    |autoscaler: &&Document| autoscaler.value.pointer("/spec/maxReplicas").and_then(Value::as_u64);
                match autoscalers.iter().find(scales).and_then(most) {
                    Some(most) => (most, format!("an autoscaler goes up to {most} replicas")),
                    None => (number("/spec/replicas", 1), format!("spec.replicas is {}", number("/spec/replicas", 1))),
                }
            }
        }
    }
}
