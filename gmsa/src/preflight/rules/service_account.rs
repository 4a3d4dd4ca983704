//! Service accounts that do not exist: the API server refuses the pod before it asks the webhook.

use crate::credential_spec::excerpt;
use crate::preflight::finding::Finding;
use crate::preflight::objects::Objects;
use crate::preflight::workload::Workload;
use crate::suggest::nearest;

pub(super) fn check(objects: &Objects<'_>) -> Vec<Finding> {
    objects.workloads.iter().filter_map(|workload| check_workload(workload, objects)).collect()
}

/// A workload with a gMSA whose service account is not among those of its namespace, if the files hold any.
pub(super) fn check_workload(workload: &Workload<'_>, objects: &Objects<'_>) -> Option<Finding> {
    let account = workload.service_account();
    let namespace = workload.document.namespace();
    let is_near = |other: Option<&str>| other.is_none() || namespace.is_none() || other == namespace;
    let known = objects.service_accounts.iter().filter(|other| is_near(other.namespace()));
    let known: Vec<&str> = known.map(|other| other.name()).collect();
    // Every namespace has an account `default`.
    if !workload.wants_gmsa() || account == "default" || known.is_empty() || known.contains(&account) {
        return None;
    }
    let position = workload.document.position(workload.field("serviceAccountName"));
    let what = format!("no service account is named {}", excerpt(account));
    let why =
        format!("the API server refuses the pod before it asks the webhook: serviceaccount \"{account}\" not found");
    Some(match nearest(account, known.iter().copied()) {
        Some(nearest) => Finding::error(position, what, why, format!("serviceAccountName: {nearest}")),
        None => {
            let what = format!("{what} in these files; the cluster may have it");
            let fix = format!("one of {}, or `kubectl get serviceaccount {account}`", known.join(", "));
            Finding::warning(position, what, why, fix)
        }
    })
}
