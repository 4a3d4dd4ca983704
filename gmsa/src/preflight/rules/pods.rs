//! What the webhook does with a pod that names a credential spec (known failures 1, 5 and 6).

use serde_json::Value;

use crate::credential_spec::{excerpt, field};
use crate::preflight::finding::Finding;
use crate::preflight::objects::Objects;
use crate::preflight::workload::{Part, Workload};
use crate::suggest::nearest;

pub(super) fn check(workload: &Workload<'_>, objects: &Objects<'_>) -> Vec<Finding> {
    let mut check = Check { workload, findings: Vec::new() };
    check.content(objects);
    if workload.wants_gmsa() {
        check.names(objects);
        check.two_levels();
        check.init_containers();
    }
    check.findings
}

struct Check<'w, 'a> {
    workload: &'w Workload<'a>,
    findings: Vec<Finding>,
}

impl Check<'_, '_> {
    fn error(&mut self, known_failure: u8, field: String, what: impl Into<String>, why: &str, fix: impl Into<String>) {
        let position = self.workload.document.position(field);
        self.findings.push(Finding::error(position, what, why, fix).known(known_failure));
    }

    fn warn(&mut self, known_failure: u8, field: String, what: impl Into<String>, why: &str, fix: impl Into<String>) {
        let position = self.workload.document.position(field);
        self.findings.push(Finding::warning(position, what, why, fix).known(known_failure));
    }

    /// Every name is that of a credential spec in the files, if they hold any.
    fn names(&mut self, objects: &Objects<'_>) {
        for (field, name) in self.workload.spec_names() {
            if objects.spec(name).is_some() {
                continue;
            }
            if let Err(violation) = field::check_object_name(name) {
                let is_placeholder = name.contains(['{', '$', '<', '%']);
                let fix =
                    if is_placeholder { "the name itself: render the template first".into() } else { violation.fix };
                self.error(6, field, format!("no object can be named {}", excerpt(name)), &violation.why, fix);
                continue;
            }
            let what = format!("no credential spec is named {}", excerpt(name));
            let why = "the webhook refuses the pod: cred spec X does not exist";
            let known: Vec<&str> = objects.specs.iter().map(|spec| spec.name()).collect();
            match nearest(name, known.iter().copied()).or_else(|| known.first().copied()) {
                Some(nearest) => {
                    let fix =
                        format!("{nearest}, which is there; or the output of `bookstore credspec --name {name} …`");
                    self.error(6, field, what, why, fix);
                }
                None => {
                    let fix = format!(
                        "--credspec FILE beside it, or check `kubectl get gmsacredentialspec {name}`; \
                         `bookstore credspec` creates it"
                    );
                    self.warn(6, field, format!("{what} in these files; the cluster may have it"), why, fix);
                }
            }
        }
    }

    /// Content that the webhook would have put there.
    fn content(&mut self, objects: &Objects<'_>) {
        for part in self.workload.parts() {
            let Some((field, content)) = part.windows_option("gmsaCredentialSpec") else { continue };
            let Some((_, name)) = part.spec_name() else {
                let what = "the content of a credential spec without its name";
                let why = "the webhook refuses the pod: it does not define the name of the corresponding resource";
                self.error(6, field, what, why, "gmsaCredentialSpecName: NAME instead");
                continue;
            };
            let parsed = content.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
            let spec = objects.spec(name).and_then(|spec| spec.value.get("credspec"));
            let fix = "only gmsaCredentialSpecName: the webhook puts the content there";
            if spec.is_some() && parsed.as_ref() != spec {
                let what = format!("the content is not that of the credential spec {}", excerpt(name));
                self.error(6, field, what, "the webhook refuses the pod: …does not match…", fix);
            } else {
                let what = "the content of a credential spec beside its name";
                let why = "the webhook refuses the pod once the credential spec changes: …does not match…";
                self.warn(6, field, what, why, fix);
            }
        }
    }

    /// A container's name overrides the pod's.
    fn two_levels(&mut self) {
        let parts = self.workload.parts();
        let Some((_, of_pod)) = parts.first().and_then(Part::spec_name) else { return };
        for (field, name) in parts.iter().filter(|part| !part.is_pod()).filter_map(Part::spec_name) {
            let what = format!("the container names {}, and the pod {}", excerpt(name), excerpt(of_pod));
            let why = "the container's name is used; the service account needs the right to use both";
            self.warn(5, field, what, why, "the name in one place");
        }
    }

    /// The webhook reads neither init nor ephemeral containers.
    fn init_containers(&mut self) {
        let parts = self.workload.parts();
        let pod_has_name = parts.first().is_some_and(|pod| pod.spec_name().is_some());
        let fix = self.workload.field("securityContext.windowsOptions.gmsaCredentialSpecName") + ", for the whole pod";
        for part in parts.iter().filter(|part| matches!(part.list, "initContainers" | "ephemeralContainers")) {
            if let Some((field, _)) = part.spec_name() {
                let what = format!("{} names a credential spec", excerpt(part.name()));
                let why = "the webhook reads the pod and its containers only: the name never becomes an account";
                self.error(1, field, what, why, fix.clone());
            } else if !pod_has_name && reads_connection_string(part.value) {
                let what = format!("{} reads a connection string and has no gMSA", excerpt(part.name()));
                let why = "an integrated login has no account there";
                self.warn(1, part.field.clone(), what, why, fix.clone());
            }
        }
    }
}

/// Whether a container has the shop's connection string.
fn reads_connection_string(container: &Value) -> bool {
    let variables = container.get("env").and_then(Value::as_array);
    let mut names = variables.into_iter().flatten().filter_map(|variable| variable.get("name")?.as_str());
    names
        .any(|name| name.eq_ignore_ascii_case("connectionstring") || name.eq_ignore_ascii_case("connectionstring_file"))
}
