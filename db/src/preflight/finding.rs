//! What was found, where, and what to do.

use std::fmt;

use serde::Serialize;

use super::objects::Objects;
use crate::credential_spec::lint::Severity;

/// Where something was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file, or `-`.
    pub file: String,
    /// The document in it, from 1.
    pub document: usize,
    /// What stands there, like `Deployment bookstore-web`; empty if that is not known.
    pub object: String,
    /// The field, like `spec.template.spec.hostname`; empty for the whole.
    pub field: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, document, object, field } = self;
        write!(f, "{file}, document {document}")?;
        for part in [object, field].into_iter().filter(|part| !part.is_empty()) {
            write!(f, ", {part}")?;
        }
        Ok(())
    }
}

/// Something that keeps a pod from its gMSA, or may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The row of docs/gmsa-facts.md, section 4, if it has one.
    pub row: Option<u8>,
    /// Where.
    pub place: Place,
    /// What is there.
    pub what: String,
    /// What comes of it.
    pub why: String,
    /// What to write or to run.
    pub fix: String,
}

impl Finding {
    /// Without characters that a terminal would obey: names come from files.
    pub(super) fn printable(mut self) -> Self {
        let Place { file, object, field, .. } = &mut self.place;
        for text in [file, object, field, &mut self.what, &mut self.why, &mut self.fix] {
            if text.contains(char::is_control) {
                *text = text.replace(char::is_control, "\u{fffd}");
            }
        }
        self
    }
}

/// All that was found, and what was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What is wrong: first what is broken.
    pub findings: Vec<Finding>,
    /// What is wrong and meant so: an annotation `bookstore/accept-row-N` on the workload says why.
    pub accepted: Vec<Accepted>,
    /// How many files were looked at.
    pub files: usize,
    /// How many documents they hold.
    pub documents: usize,
    /// How many workloads have pods that want a gMSA.
    pub pods: usize,
}

/// A finding that somebody has accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// What was found.
    pub finding: Finding,
    /// Why that is meant so, by the annotation.
    pub reason: String,
}

impl Report {
    /// The worst of what was found; none is sound.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Puts aside the warnings that a workload says are meant so. What is broken stays.
    pub(super) fn forgive(&mut self, objects: &Objects<'_>) {
        let (mut kept, mut accepted) = (Vec::new(), Vec::new());
        for finding in self.findings.drain(..) {
            match objects.reason_for(&finding).filter(|_| finding.severity == Severity::Warning) {
                Some(reason) => accepted.push(Accepted { reason: reason.to_owned(), finding }),
                None => kept.push(finding),
            }
        }
        (self.findings, self.accepted) = (kept, accepted);
    }
}
