//! What is wrong with a value, and how bad that is.

/// How bad a violation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It may work.
    Warning,
    /// It does not work.
    Error,
}

/// Why a value fails later, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The number of the known failure in docs/gmsa-facts.md, section 4.
    pub known_failure: u8,
    /// What is wrong and what follows from it.
    pub why: String,
    /// What to write instead.
    pub fix: String,
}

impl Violation {
    /// A violation that causes the known failure with this number.
    pub(crate) fn new(known_failure: u8, why: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { known_failure, why: why.into(), fix: fix.into() }
    }
}

/// A violation in a field of a credential spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldViolation {
    pub(crate) severity: Severity,
    /// The field, like `DomainJoinConfig.Sid`.
    pub(crate) path: String,
    /// Its value, where it may be shown: shortened and escaped.
    pub(crate) value: Option<String>,
    pub(crate) violation: Violation,
}

/// The longest piece of a file that a message repeats, in characters.
pub(super) const EXCERPT: usize = 64;

/// A piece of a file as messages show it: quoted, escaped and shortened.
pub(crate) fn excerpt(text: &str) -> String {
    let mut shown: String = text.chars().take(EXCERPT).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("\"{}\"", shown.escape_debug())
}
