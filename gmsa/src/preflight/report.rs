//! The report of a pre-flight check.

use serde::Serialize;

use super::finding::Finding;
use crate::credential_spec::Severity;

/// All findings, and how much was checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PreflightReport {
    /// What is wrong: errors first.
    pub findings: Vec<Finding>,
    /// Warnings that the workload's annotation `bookstore/accept-known-failure-N` accepts.
    pub accepted: Vec<Accepted>,
    /// How many files were read.
    pub files: usize,
    /// How many objects they contain.
    pub documents: usize,
    /// How many of the objects were checked: credential specs, workloads, and the rights to use credential specs.
    pub checked: usize,
    /// How many workloads have a gMSA.
    pub workloads_with_gmsa: usize,
}

/// A warning that is accepted with a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// The warning.
    pub finding: Finding,
    /// The reason, from the annotation.
    pub reason: String,
}

/// The verdict of a pre-flight check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictState {
    /// No finding.
    Healthy,
    /// Warnings only.
    Warnings,
    /// At least one error: an object or a pod is refused, or a pod has no gMSA.
    Failed,
    /// The files contain no object that is checked.
    NothingToCheck,
}

impl VerdictState {
    /// The exit code of `bookstore doctor`.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Healthy => 0,
            Self::Warnings => 1,
            Self::Failed => 2,
            Self::NothingToCheck => 3,
        }
    }
}

impl PreflightReport {
    /// The verdict: that of the worst finding.
    #[must_use]
    pub fn verdict(&self) -> VerdictState {
        match self.findings.iter().map(|finding| finding.severity).max() {
            Some(Severity::Error) => VerdictState::Failed,
            Some(Severity::Warning) => VerdictState::Warnings,
            None if self.checked == 0 => VerdictState::NothingToCheck,
            None => VerdictState::Healthy,
        }
    }
}
