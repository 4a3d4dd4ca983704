//! A finding: what is wrong, where, and what to do.

use std::fmt;

use serde::Serialize;

use crate::credential_spec::Severity;

/// The position of a finding: file, document, object, field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FindingPosition {
    /// The file, or `-` for standard input.
    pub file: String,
    /// The document in the file, from 1.
    pub document: usize,
    /// The object, like `Deployment bookstore-web`; empty if unknown.
    pub object: String,
    /// The field, like `spec.template.spec.hostname`; empty for the whole object.
    pub field: String,
}

impl fmt::Display for FindingPosition {
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
    /// Warning or error.
    pub severity: Severity,
    /// The number of the known failure in docs/gmsa-facts.md section 4, if it has one.
    pub known_failure: Option<u8>,
    /// Its position.
    pub position: FindingPosition,
    /// What was found.
    pub what: String,
    /// The consequence.
    pub why: String,
    /// What to write or to run.
    pub fix: String,
}

impl Finding {
    /// An error.
    pub(super) fn error(
        position: FindingPosition,
        what: impl Into<String>,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        let (what, why, fix) = (what.into(), why.into(), fix.into());
        Self { severity: Severity::Error, known_failure: None, position, what, why, fix }
    }

    /// A warning.
    pub(super) fn warning(
        position: FindingPosition,
        what: impl Into<String>,
        why: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(position, what, why, fix) }
    }

    /// The same as a known failure with this number.
    pub(super) fn known(self, known_failure: u8) -> Self {
        Self { known_failure: Some(known_failure), ..self }
    }

    /// A file or folder that cannot be read or checked.
    pub(super) fn unreadable(file: &str, what: String, fix: &str) -> Box<Self> {
        let position = FindingPosition { file: file.to_owned(), document: 1, ..FindingPosition::default() };
        Box::new(Self::error(position, what, "a file that is not read is not checked", fix))
    }

    /// The same without control characters, which a terminal would interpret: names come from files.
    pub(super) fn printable(mut self) -> Self {
        let FindingPosition { file, object, field, .. } = &mut self.position;
        for text in [file, object, field, &mut self.what, &mut self.why, &mut self.fix] {
            if text.contains(char::is_control) {
                *text = text.replace(char::is_control, "\u{fffd}");
            }
        }
        self
    }
}
