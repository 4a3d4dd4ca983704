//! Checks credential specs and manifests before anything runs: what keeps a pod from its gMSA, and what the API server
//! refuses.
//!
//! The check reads files and asks neither a cluster nor a directory. What the files do not hold but a cluster may is a
//! warning, not an error. Numbers of findings are those of docs/gmsa-facts.md section 4.

mod documents;
mod files;
mod finding;
mod objects;
mod parser;
mod report;
mod rules;
mod schema;
mod sources;
#[cfg(test)]
mod tests;
mod workload;

pub use files::{SourceFile, read_file, read_manifests};
pub use finding::{Finding, FindingPosition};
pub use report::{Accepted, PreflightReport, VerdictState};

use crate::credential_spec::Severity;
use documents::Document;
use objects::Objects;

/// The files to check.
#[derive(Debug, Default)]
pub struct Input {
    /// Files that hold a credential spec each: a GMSACredentialSpec, or JSON for Docker or ECS.
    pub credential_specs: Vec<SourceFile>,
    /// Rendered manifests.
    pub manifests: Vec<SourceFile>,
    /// Findings about files that could not be read.
    pub unreadable: Vec<Finding>,
}

/// Reports everything that is wrong: errors first, otherwise in the order of the files.
#[must_use]
pub fn check(input: Input) -> PreflightReport {
    let mut report = PreflightReport { findings: input.unreadable, ..PreflightReport::default() };
    let specs = parse(&input.credential_specs, &mut report);
    let manifests = parse(&input.manifests, &mut report);
    let objects = Objects::of(specs.iter().chain(&manifests));
    report.documents = specs.len() + manifests.len();
    report.checked = rules::count_checked(&objects) + rules::spec_files(&specs, &manifests).count();
    report.workloads_with_gmsa = objects.workloads.iter().filter(|workload| workload.wants_gmsa()).count();
    report.findings.extend(rules::check_files(&specs, &manifests));
    report.findings.extend(specs.iter().chain(&manifests).flat_map(rules::check_document));
    report.findings.extend(rules::check_objects(&objects));
    report.findings.extend(rules::check_unused(&objects, &report.findings));
    for finding in std::mem::take(&mut report.findings) {
        let reason = objects.reason_to_accept(&finding).filter(|_| finding.severity == Severity::Warning);
        let finding = finding.printable();
        match reason {
            Some(reason) => report.accepted.push(Accepted { reason: reason.to_owned(), finding }),
            None => report.findings.push(finding),
        }
    }
    report.findings.sort_by_key(|finding| finding.severity != Severity::Error);
    report
}

fn parse(sources: &[SourceFile], report: &mut PreflightReport) -> Vec<Document> {
    report.files += sources.len();
    let mut documents = Vec::new();
    for source in sources {
        let (parsed, finding) = documents::parse(source);
        documents.extend(parsed);
        report.findings.extend(finding);
    }
    documents
}
