//! Strings of `name=value` pairs: ODBC and OLE DB.

use super::translation::Translation;
use crate::connection_string::error::ParseError;

/// Recognises the keywords that only ODBC (`Driver`, `DSN`) and OLE DB (`Provider`) have.
/// <https://learn.microsoft.com/sql/connect/odbc/dsn-connection-string-attribute>
/// <https://learn.microsoft.com/sql/connect/oledb/applications/using-connection-string-keywords-with-oledb-driver-for-sql-server>
pub(super) fn recognise(text: &str) -> Option<ParseError> {
    let (text, is_marked) = match text.get(..5) {
        Some(mark) if mark.eq_ignore_ascii_case("odbc:") => (&text[5..], true),
        _ => (text, false),
    };
    let pairs: Vec<_> = split(text).collect();
    let has = |names: &[&str]| pairs.iter().any(|(name, _)| names.iter().any(|known| name.eq_ignore_ascii_case(known)));
    let format = if is_marked || has(&["Driver", "DSN", "FileDSN"]) {
        "an ODBC connection string"
    } else if has(&["Provider"]) {
        "an OLE DB connection string"
    } else {
        return None;
    };
    let mut translation = Translation::default();
    pairs.iter().for_each(|(name, value)| translation.add(name, value));
    Some(translation.into_error(format))
}

/// Splits at `;`, except inside `{…}`, `"…"` and `'…'`, which may be around a value.
pub(super) fn split(text: &str) -> impl Iterator<Item = (&str, String)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
            let end = rest.find(['=', ';'])?;
            let (name, after) = rest.split_at(end);
            let Some(value) = after.strip_prefix('=') else {
                rest = after;
                continue;
            };
            let (value, after) = value_of(value.trim_start());
            rest = after;
            return Some((name.trim(), value));
        }
    })
}

/// Splits a value off. In `{…}` and in quotation marks, the closing mark is doubled.
fn value_of(text: &str) -> (String, &str) {
    let close = match text.chars().next() {
        Some('{') => '}',
        Some(quote @ ('"' | '\'')) => quote,
        _ => {
            let end = text.find(';').unwrap_or(text.len());
            return (text[..end].trim().to_owned(), &text[end..]);
        }
    };
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == close && chars.next_if(|&(_, next)| next == close).is_some() => value.push(close),
            c if c == close => {
                let after = &text[at + close.len_utf8()..];
                return (value, &after[after.find(';').unwrap_or(after.len())..]);
            }
            c => value.push(c),
        }
    }
    (value, "")
}
