//! Credential specs, and rights to use them, that no workload in the files uses: the pod that should name them starts
//! without a gMSA.

use super::rbac::Rights;
use crate::preflight::finding::Finding;
use crate::preflight::objects::Objects;

/// Files without workloads hold only what an administrator applies beforehand: nothing is unused there.
pub(super) fn check(objects: &Objects<'_>) -> Vec<Finding> {
    if objects.workloads.is_empty() {
        return Vec::new();
    }
    const WHY: &str = "a pod that should use it and does not name it starts without a gMSA, and nothing reports that";
    let names: Vec<&str> = objects.workloads.iter().flat_map(|each| each.spec_names()).map(|(_, name)| name).collect();
    let mut findings = Vec::new();
    for spec in objects.specs.iter().filter(|spec| !names.contains(&spec.name())) {
        let what = "no workload in these files names this credential spec";
        let fix =
            format!("securityContext.windowsOptions.gmsaCredentialSpecName: {} in the pod, or remove it", spec.name());
        findings.push(Finding::warning(spec.position("metadata.name"), what, WHY, fix).known(1));
    }
    let rights = Rights { objects };
    for binding in &objects.bindings {
        let Some(specs) = rights.specs_of(binding) else { continue };
        let is_reported = specs.iter().any(|name| objects.spec(name).is_some() && !names.contains(name));
        let is_used = objects.workloads.iter().any(|workload| {
            rights.reaches(binding, workload)
                && workload.spec_names().iter().any(|(_, name)| specs.is_empty() || specs.contains(name))
        });
        if !is_used && !is_reported {
            let what = "no workload in these files uses the right that this binding gives";
            let fix = "the service account, the namespace and the credential spec's name of the pod that needs it";
            findings.push(Finding::warning(binding.position("subjects"), what, WHY, fix).known(5));
        }
    }
    findings
}
