//! Excerpts of a connection string in messages: which may be quoted, and how.

use std::fmt;

/// Long enough to recognise the text, short enough for a log.
const MAX_CHARS: usize = 64;

/// A part of a connection string as a message quotes it: escaped and cut to 64 characters, or withheld if it may
/// contain a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt(Option<String>);

impl Excerpt {
    /// A text that may be secret and is not shown.
    pub(super) const WITHHELD: Self = Self(None);

    /// Quotes a value, unless it seems to contain another pair or a login, as `user:password@host` does.
    pub(super) fn of_value(value: &str) -> Self {
        if value.contains(['=', ';', '@']) || mentions_password(value) { Self::WITHHELD } else { Self::quoted(value) }
    }

    /// Quotes an unknown keyword, if it has the form of a keyword.
    ///
    /// If `:` was written for `=`, the "keyword" may be `Password:secret;Database`.
    pub(super) fn of_keyword(key: &str) -> Self {
        let has_form = key.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '-'));
        let is_misspelt_password = || strsim::osa_distance(&key.to_lowercase(), "password") <= 2;
        if has_form && (!mentions_password(key) || is_misspelt_password()) { Self::quoted(key) } else { Self::WITHHELD }
    }

    /// Whether the text is withheld.
    #[must_use]
    pub fn is_withheld(&self) -> bool {
        self.0.is_none()
    }

    fn quoted(text: &str) -> Self {
        let mut shown: String = text.chars().take(MAX_CHARS).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        Self(Some(shown))
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(text) => write!(f, "\"{}\"", text.escape_debug()),
            None => f.write_str("(not shown, it may contain a password)"),
        }
    }
}

fn mentions_password(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("pass") || text.contains("pwd")
}
