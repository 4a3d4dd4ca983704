//! Looks at credential specs and manifests before anything runs: what in them would keep a pod from its gMSA, by the rows of
//! docs/gmsa-facts.md section 4 that can be seen in files.
//!
//! Nothing is asked of a cluster. What the files do not hold, and a cluster may, is said as that and not as a fault.

mod documents;
mod files;
mod finding;
mod objects;
mod rules;
#[cfg(test)]
mod tests;

pub use files::{MAX_FILE, Source, read_directory, read_file};
pub use finding::{Finding, Place, Report};

use crate::credential_spec::lint::Severity;
use documents::Document;
use objects::Objects;

/// What is looked at: files with a credential spec each, and manifests.
#[derive(Debug, Default)]
pub struct Input {
    /// Credential specs: a GMSACredentialSpec, or a file for Docker or ECS.
    pub credential_specs: Vec<Source>,
    /// Manifests, rendered.
    pub manifests: Vec<Source>,
    /// What could not be read.
    pub unreadable: Vec<Finding>,
}

/// Everything that is wrong, in the order of the files.
#[must_use]
pub fn examine(input: Input) -> Report {
    let mut report = Report { findings: input.unreadable, ..Report::default() };
    let mut parse = |sources: Vec<Source>| -> Vec<Document> {
        report.files += sources.len();
        let parsed = sources.into_iter().map(|source| documents::parse(&source));
        let mut all = Vec::new();
        for documents in parsed {
            match documents {
                Ok(documents) => all.extend(documents),
                Err(finding) => report.findings.push(*finding),
            }
        }
        all
    };
    let specs = parse(input.credential_specs);
    let manifests = parse(input.manifests);
    report.documents = specs.len() + manifests.len();
    report.findings.extend(rules::files(&specs));
    report.findings.extend(rules::loose_files(&manifests));
    let objects = Objects::of(specs.iter().chain(&manifests));
    report.pods = objects.workloads.iter().filter(|workload| workload.wants_gmsa()).count();
    report.findings.extend(rules::objects(&objects));
    report.forgive(&objects);
    report.findings = report.findings.into_iter().map(Finding::printable).collect();
    report.findings.sort_by_key(|finding| finding.severity != Severity::Broken);
    report
}
