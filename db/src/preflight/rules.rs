//! The rules, one file for each kind of object that they look at.

mod hostname;
mod pods;
mod rbac;
mod specs;
mod webhook;

pub(super) use specs::{files, loose_files};

use super::Finding;
use super::objects::Objects;

/// Whatever is wrong with the objects, each by itself and together.
pub(super) fn objects(objects: &Objects<'_>) -> Vec<Finding> {
    let mut findings = specs::objects(objects);
    findings.extend(webhook::rule(objects));
    findings.extend(objects.workloads.iter().flat_map(|workload| pods::rule(workload, objects)));
    findings.extend(hostname::rule(objects));
    findings.extend(rbac::rule(objects));
    findings
}
