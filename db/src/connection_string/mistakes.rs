//! Known mistakes in a string that cannot be parsed: quotation marks around it, its own name before it, the format of
//! another driver.

use super::error::ParseError;
use super::other_formats;
use crate::invisible::is_invisible;

/// Quotation marks of shells, files and word processors.
const QUOTES: &[char] = &['"', '\'', '`', '“', '”', '„', '‘', '’', '‚', '«', '»'];

/// The variables that hold a connection string.
const NAMES: [&str; 2] = ["connectionstring", "connectionstring_file"];

/// Returns a better error than the parser's, if the string has one of these mistakes.
pub(super) fn explain(text: &str) -> Option<ParseError> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    if let Some(name) = NAMES.into_iter().find(|name| starts_with_name(text, name)) {
        return Some(ParseError::NamedTwice { name });
    }
    let content = text.trim_matches(QUOTES).trim();
    other_formats::recognise(content).or_else(|| {
        let quote = text.chars().next().filter(|first| QUOTES.contains(first))?;
        Some(ParseError::Quoted { quote })
    })
}

fn starts_with_name(text: &str, name: &str) -> bool {
    let text = text.trim_start_matches("export ").trim_start();
    let start = text.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name));
    start.is_some_and(|_| text[name.len()..].trim_start().starts_with('='))
}
