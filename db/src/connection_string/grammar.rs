//! The grammar of ADO.NET connection strings: pairs and quoting. `interpret.rs` knows what the keywords mean.
//!
//! It follows `DbConnectionOptions.GetKeyValuePair` of Microsoft.Data.SqlClient: a keyword ends only at `=`, and may
//! contain `;`; an unquoted value ends at `;`.

use super::error::SyntaxError;
use super::invisible::InvisibleCharacter;

/// Reads a connection string from left to right: one keyword, one value, and so on.
pub(super) struct Scanner<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    /// Starts at the beginning. NULs at the end are ignored, as in SqlClient, which allows for strings that come from
    /// C.
    pub(super) fn new(text: &'a str) -> Self {
        let text = text.trim_end_matches(|c: char| c == '\0' || c.is_whitespace());
        Self { text, rest: text }
    }

    /// How many bytes were read.
    pub(super) fn offset(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    /// Finds the first invisible character that was read since `offset`. White space at both ends does not count,
    /// because it has no meaning there.
    pub(super) fn invisible_since(&self, offset: usize) -> Option<InvisibleCharacter> {
        let read = self.text.get(offset..self.offset())?;
        let is_outside = |c: char| c.is_whitespace() || matches!(c, ';' | '=');
        let kept = read.trim_start_matches(is_outside);
        let before = self.text.get(..self.offset() - kept.len())?.chars().count();
        InvisibleCharacter::find(kept.trim_end_matches(is_outside), before)
    }

    /// Reads the next keyword and its `=`; `None` at the end. `==` in a keyword means `=`.
    pub(super) fn keyword(&mut self) -> Result<Option<String>, SyntaxError> {
        let text = self.rest.trim_start_matches(|c: char| c == ';' || c.is_whitespace());
        if text.is_empty() {
            return Ok(None);
        }
        let mut key = String::new();
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '=' if chars.next_if(|&(_, next)| next == '=').is_some() => key.push('='),
                '=' => {
                    self.rest = &text[at + 1..];
                    key.truncate(key.trim_end().len());
                    return if key.is_empty() { Err(SyntaxError::MissingKeyword) } else { Ok(Some(key)) };
                }
                c if is_forbidden(c) => return Err(SyntaxError::ControlCharacter),
                c => key.push(c),
            }
        }
        Err(SyntaxError::MissingEquals)
    }

    /// Reads the value of the keyword that was read last.
    pub(super) fn value(&mut self) -> Result<Text, SyntaxError> {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            _ => self.unquoted(),
        }
    }

    fn unquoted(&mut self) -> Result<Text, SyntaxError> {
        let end = self.rest.find(|c| c == ';' || is_forbidden(c)).unwrap_or(self.rest.len());
        let (value, rest) = self.rest.split_at(end);
        let value = value.trim_end();
        if rest.starts_with(is_forbidden) {
            return Err(SyntaxError::ControlCharacter);
        }
        if value.ends_with(['"', '\'']) {
            return Err(SyntaxError::QuoteAtEnd);
        }
        self.rest = rest;
        Ok(Text { text: value.to_owned(), quoted: false })
    }

    fn quoted(&mut self, quote: char) -> Result<Text, SyntaxError> {
        let body = &self.rest[quote.len_utf8()..];
        let mut value = String::new();
        let mut chars = body.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                c if c == quote && chars.next_if(|&(_, next)| next == quote).is_some() => value.push(quote),
                c if c == quote => {
                    self.rest = body[at + 1..].trim_start();
                    let ends = self.rest.is_empty() || self.rest.starts_with(';');
                    return if ends {
                        Ok(Text { text: value, quoted: true })
                    } else {
                        Err(SyntaxError::TextAfterQuote)
                    };
                }
                '\0' => return Err(SyntaxError::ControlCharacter),
                c => value.push(c),
            }
        }
        Err(SyntaxError::UnclosedQuote)
    }
}

/// A value without its quotes. No `Debug`: it may be a password.
pub(super) struct Text {
    pub(super) text: String,
    pub(super) quoted: bool,
}

/// Quotes a value so that [`Scanner::value`] reads it back. The value must not contain NUL.
pub(super) fn quote(value: &str) -> String {
    let needs_quotes = |c: char| matches!(c, '"' | '\'' | '=' | ';') || c.is_whitespace() || c.is_control();
    if !value.contains(needs_quotes) {
        value.to_owned()
    } else if value.contains('"') && !value.contains('\'') {
        format!("'{value}'")
    } else {
        format!("\"{}\"", value.replace('"', "\"\""))
    }
}

/// Control characters, except tabs and line ends, which count as white space.
fn is_forbidden(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
}
