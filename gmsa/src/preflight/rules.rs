//! The rules, one file per subject.

mod fields;
mod hostname;
mod misplaced;
mod node;
mod pods;
mod rbac;
mod service_account;
mod specs;
mod template;
mod unused;
mod users;
mod webhook;
mod windows;

pub(super) use specs::{check_files, spec_files};

use super::documents::Document;
use super::finding::Finding;
use super::objects::Objects;
use crate::credential_spec::Severity;

/// Checks one object by itself: kind, version and fields.
pub(super) fn check_document(document: &Document) -> Vec<Finding> {
    fields::check(document)
}

/// Checks the objects together.
pub(super) fn check_objects(objects: &Objects<'_>) -> Vec<Finding> {
    let mut findings = specs::check_objects(objects);
    findings.extend(webhook::check(objects));
    for workload in &objects.workloads {
        findings.extend(misplaced::check(workload));
        findings.extend(template::check(workload));
        findings.extend(windows::check(workload));
        findings.extend(node::check(workload));
        findings.extend(users::check(workload));
        findings.extend(pods::check(workload, objects));
    }
    findings.extend(hostname::check(objects));
    findings.extend(service_account::check(objects));
    findings.extend(rbac::check(objects));
    findings
}

/// Reports what no workload uses, unless an error among `findings` explains that already.
pub(super) fn check_unused(objects: &Objects<'_>, findings: &[Finding]) -> Vec<Finding> {
    let explains =
        |finding: &Finding| finding.severity == Severity::Error && matches!(finding.known_failure, Some(1 | 5 | 6));
    if findings.iter().any(explains) { Vec::new() } else { unused::check(objects) }
}

/// How many of the objects were checked. Service accounts and autoscalers are only read for the others; so are roles of
/// other resources.
pub(super) fn count_checked(objects: &Objects<'_>) -> usize {
    objects.specs.len() + objects.workloads.len() + rbac::count_checked(objects)
}
