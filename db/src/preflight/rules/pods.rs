//! Pods that want a gMSA: what the webhook does with them, and whether the account inside may use it (rows 1, 5, 6, 11, 31).

use serde_json::Value;

use super::super::Finding;
use super::super::objects::{Objects, Part, Workload};
use crate::credential_spec::lint::{Severity, excerpt};

/// The accounts to which a gMSA is given, by Microsoft's word.
const NETWORK_ACCOUNTS: [&str; 6] = [
    "nt authority\\network service",
    "network service",
    "nt authority\\system",
    "system",
    "localsystem",
    "nt authority\\localsystem",
];

pub(super) fn rule(workload: &Workload<'_>, objects: &Objects<'_>) -> Vec<Finding> {
    let mut rule = Rule { workload, findings: Vec::new() };
    rule.inline(objects);
    if workload.wants_gmsa() {
        rule.defined(objects);
        rule.two_levels();
        rule.unseen();
        rule.users();
        rule.images();
    }
    rule.findings
}

struct Rule<'w, 'a> {
    workload: &'w Workload<'a>,
    findings: Vec<Finding>,
}

impl Rule<'_, '_> {
    fn find(&mut self, severity: Severity, row: u8, field: String, what: String, why: &str, fix: String) {
        let place = self.workload.document.place(field);
        self.findings.push(Finding { severity, row: Some(row), place, what, why: why.to_owned(), fix });
    }

    /// Every name is that of a credential spec in the files, if they hold any.
    fn defined(&mut self, objects: &Objects<'_>) {
        for (field, name) in self.workload.spec_names() {
            if objects.spec(name).is_some() {
                continue;
            }
            let what = format!("no credential spec is named {}", excerpt(name));
            let why = "the webhook refuses the pod: cred spec X does not exist";
            let nearest =
                objects.specs.iter().map(|spec| spec.name()).min_by_key(|known| strsim::osa_distance(known, name));
            match nearest {
                Some(nearest) => {
                    let fix =
                        format!("{nearest}, which is there; or the output of `bookstore credspec --name {name} …`");
                    self.find(Severity::Broken, 6, field, what, why, fix);
                }
                None => {
                    let fix = format!(
                        "--credspec FILE beside it, or see `kubectl get gmsacredentialspec {name}`; `bookstore credspec` makes it"
                    );
                    self.find(
                        Severity::Warning,
                        6,
                        field,
                        format!("{what} in these files; the cluster may have it"),
                        why,
                        fix,
                    );
                }
            }
        }
    }

    /// Content that the webhook would have put there.
    fn inline(&mut self, objects: &Objects<'_>) {
        for part in self.workload.parts() {
            let Some((field, content)) = part.option("gmsaCredentialSpec") else { continue };
            let Some((_, name)) = part.spec_name() else {
                let what = "content of a credential spec, and no name of one".into();
                let why = "the webhook refuses the pod: it does not define the name of the corresponding resource";
                self.find(Severity::Broken, 6, field, what, why, "gmsaCredentialSpecName: NAME instead".into());
                continue;
            };
            let parsed = content.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
            let spec = objects.spec(name).and_then(|spec| spec.value.get("credspec"));
            let fix = "only gmsaCredentialSpecName: the webhook puts the content there".to_owned();
            if spec.is_some() && parsed.as_ref() != spec {
                let what = format!("its content is not that of the credential spec {}", excerpt(name));
                self.find(Severity::Broken, 6, field, what, "the webhook refuses the pod: …does not match…", fix);
            } else {
                let why = "the webhook refuses the pod once the credential spec changes: …does not match…";
                self.find(
                    Severity::Warning,
                    6,
                    field,
                    "the content of a credential spec beside its name".into(),
                    why,
                    fix,
                );
            }
        }
    }

    /// A container's name wins over the pod's.
    fn two_levels(&mut self) {
        let parts = self.workload.parts();
        let Some((_, pods)) = parts.first().and_then(Part::spec_name) else { return };
        for (field, name) in parts.iter().filter(|part| !part.list.is_empty()).filter_map(Part::spec_name) {
            let what = format!("the container names {}, and the pod {}", excerpt(name), excerpt(pods));
            let why = "the container's wins; the service account needs the right to use both";
            self.find(Severity::Warning, 5, field, what, why, "the name in one place".into());
        }
    }

    /// The webhook does not look at init and ephemeral containers.
    fn unseen(&mut self) {
        let parts = self.workload.parts();
        let has_pods = parts.first().is_some_and(|pod| pod.spec_name().is_some());
        let fix =
            || self.workload.field("securityContext.windowsOptions.gmsaCredentialSpecName") + ", for the whole pod";
        let (mut named, mut lacking) = (Vec::new(), Vec::new());
        for part in parts.iter().filter(|part| matches!(part.list, "initContainers" | "ephemeralContainers")) {
            match part.spec_name() {
                Some((field, _)) => {
                    named.push((field, format!("{} names a credential spec", excerpt(part.name())), fix()))
                }
                None if !has_pods && logs_in(part.value) => {
                    lacking.push((
                        part.field.clone(),
                        format!("{} reads a connection string and has no gMSA", excerpt(part.name())),
                        fix(),
                    ));
                }
                None => {}
            }
        }
        let why = "the webhook looks at the pod and at its containers only: the name never becomes an account";
        for (field, what, fix) in named {
            self.find(Severity::Broken, 1, field, what, why, fix);
        }
        for (field, what, fix) in lacking {
            self.find(Severity::Warning, 1, field, what, "an integrated login has no account there", fix);
        }
    }

    fn users(&mut self) {
        let parts = self.workload.seen_by_webhook();
        let users: Vec<(String, String)> = parts
            .iter()
            .filter_map(|part| part.option("runAsUserName"))
            .filter_map(|(field, user)| user.as_str().map(|user| (field, user.to_owned())))
            .filter(|(_, user)| !NETWORK_ACCOUNTS.contains(&user.to_lowercase().as_str()))
            .collect();
        for (field, user) in users {
            let what = format!("it runs as {}", excerpt(&user));
            let why = "Windows gives a gMSA to NETWORK SERVICE and LocalSystem; others may have no credentials: \
                       SEC_E_NO_CREDENTIALS 0x8009030E";
            self.find(
                Severity::Warning,
                11,
                field,
                what,
                why,
                r#"runAsUserName: "NT AUTHORITY\\NETWORK SERVICE""#.into(),
            );
        }
    }

    fn images(&mut self) {
        for part in self.workload.parts() {
            let image = part.value.get("image").and_then(Value::as_str).filter(|image| image.contains("nanoserver"));
            if let Some(image) = image {
                let why = "Negotiate fails on nanoserver images since April 2024 (Windows-Containers#537)";
                let fix = "an image built on servercore".to_owned();
                self.find(Severity::Broken, 31, format!("{}.image", part.field), excerpt(image), why, fix);
            }
        }
    }
}

/// Whether a container is given what the shop logs in by.
fn logs_in(container: &Value) -> bool {
    let variables = container.get("env").and_then(Value::as_array);
    let mut names = variables.into_iter().flatten().filter_map(|variable| variable.get("name")?.as_str());
    names
        .any(|name| name.eq_ignore_ascii_case("connectionstring") || name.eq_ignore_ascii_case("connectionstring_file"))
}
