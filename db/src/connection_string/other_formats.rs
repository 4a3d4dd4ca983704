//! Connection strings of other drivers and tools: recognised, and answered with the equivalent string.

mod base64;
mod pairs;
mod translation;
mod url;

use super::error::ParseError;

/// Returns the error that names the format and has the equivalent connection string; `None` for an unknown format.
pub(super) fn recognise(text: &str) -> Option<ParseError> {
    url::recognise(text).or_else(|| pairs::recognise(text)).or_else(|| base64::recognise(text))
}
