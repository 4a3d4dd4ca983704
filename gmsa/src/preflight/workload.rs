//! Workloads: objects that create pods, also of kinds that Kubernetes itself does not know.

use serde_json::Value;

use super::documents::Document;
use super::schema;

/// A pod spec with the object that holds it.
#[derive(Debug)]
pub(super) struct Workload<'a> {
    pub(super) document: &'a Document,
    /// The pod's spec.
    pub(super) pod: &'a Value,
    /// The path of the pod's spec, like `spec.template.spec`.
    path: String,
    /// The metadata of the pods.
    metadata: Option<&'a Value>,
}

/// A container of a pod, or the pod as a whole, from which containers inherit.
pub(super) struct Part<'a> {
    /// `containers`, `initContainers`, `ephemeralContainers`, or empty for the pod.
    pub(super) list: &'static str,
    /// Its path in the object.
    pub(super) field: String,
    pub(super) value: &'a Value,
}

impl<'a> Part<'a> {
    pub(super) fn is_pod(&self) -> bool {
        self.list.is_empty()
    }

    pub(super) fn name(&self) -> &'a str {
        self.value.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    /// A Windows option of its security context, with its path.
    pub(super) fn windows_option(&self, key: &str) -> Option<(String, &'a Value)> {
        let value =
            self.value.pointer(&format!("/securityContext/windowsOptions/{key}")).filter(|value| !value.is_null())?;
        Some((format!("{}.securityContext.windowsOptions.{key}", self.field), value))
    }

    /// The credential spec that it names, with its path.
    pub(super) fn spec_name(&self) -> Option<(String, &'a str)> {
        let (field, value) = self.windows_option("gmsaCredentialSpecName")?;
        value.as_str().map(|name| (field, name))
    }
}

impl<'a> Workload<'a> {
    /// The pod specs of an object. Kinds that Kubernetes does not define are searched for what looks like a pod spec.
    pub(super) fn find(document: &'a Document) -> Vec<Self> {
        let mut workloads = Vec::new();
        match built_in_path(document) {
            Some("") => {}
            Some(path) => {
                let pointer = |path: &str| format!("/{}", path.replace('.', "/"));
                if let Some(pod) = document.value.pointer(&pointer(path)).filter(|pod| pod.is_object()) {
                    let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
                    let parent = document.value.pointer(&pointer(parent)).filter(|_| !parent.is_empty());
                    let metadata = parent.unwrap_or(&document.value).get("metadata");
                    workloads.push(Self { document, pod, path: path.to_owned(), metadata });
                }
            }
            None => search(document, &document.value, None, String::new(), &mut workloads),
        }
        workloads
    }

    /// The path of a field of the pod's spec.
    pub(super) fn field(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// The annotations of the object and of its pods.
    pub(super) fn annotation(&self, name: &str) -> Option<&'a str> {
        let metadata = [self.document.value.get("metadata"), self.metadata];
        metadata.into_iter().flatten().find_map(|metadata| metadata.get("annotations")?.get(name)?.as_str())
    }

    /// The pod itself, then its containers of every kind.
    pub(super) fn parts(&self) -> Vec<Part<'a>> {
        let mut parts = vec![Part { list: "", field: self.path.clone(), value: self.pod }];
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            let containers = self.pod.get(list).and_then(Value::as_array);
            for (at, value) in containers.into_iter().flatten().enumerate() {
                parts.push(Part { list, field: self.field(&format!("{list}[{at}]")), value });
            }
        }
        parts
    }

    /// The parts that the webhook reads.
    pub(super) fn parts_for_webhook(&self) -> Vec<Part<'a>> {
        self.parts().into_iter().filter(|part| matches!(part.list, "" | "containers")).collect()
    }

    /// Every credential spec that it names, with the paths.
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

    /// `spec.os.name` of the pod.
    pub(super) fn os(&self) -> Option<&'a str> {
        self.pod.pointer("/os/name")?.as_str()
    }

    /// How many of its pods may run at once, as far as the files show, and where that number stands.
    pub(super) fn max_pods(&self, autoscalers: &[&Document]) -> (u64, String) {
        let number =
            |pointer: &str, unset: u64| self.document.value.pointer(pointer).and_then(Value::as_u64).unwrap_or(unset);
        let document = self.document;
        match document.kind() {
            "DaemonSet" => (u64::MAX, "a DaemonSet has one pod per node".into()),
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

/// Where a kind of Kubernetes has its pod spec; empty if it has none. None for other kinds.
fn built_in_path(document: &Document) -> Option<&'static str> {
    schema::type_of(document.api_version(), document.kind())?;
    Some(match document.kind() {
        "Pod" => "spec",
        "PodTemplate" => "template.spec",
        "CronJob" => "spec.jobTemplate.spec.template.spec",
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job" => {
            "spec.template.spec"
        }
        _ => "",
    })
}

/// Searches for objects with a list of containers.
fn search<'a>(
    document: &'a Document,
    value: &'a Value,
    parent: Option<&'a Value>,
    path: String,
    found: &mut Vec<Workload<'a>>,
) {
    let is_container = |item: &Value| item.get("name").is_some() || item.get("image").is_some();
    match value {
        Value::Object(object) => {
            let containers = object.get("containers").and_then(Value::as_array);
            if containers.is_some_and(|all| !all.is_empty() && all.iter().all(is_container)) && !path.is_empty() {
                let metadata = parent.and_then(|parent| parent.get("metadata"));
                found.push(Workload { document, pod: value, path, metadata });
                return;
            }
            for (key, child) in object.iter().filter(|(key, _)| !matches!(key.as_str(), "metadata" | "status")) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                search(document, child, Some(value), path, found);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                search(document, item, Some(value), format!("{path}[{at}]"), found);
            }
        }
        _ => {}
    }
}
