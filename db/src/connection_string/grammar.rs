//! The grammar of ADO.NET connection strings: pairs, quoting, and nothing about what the keywords mean.
//!
//! It follows `DbConnectionOptions.GetKeyValuePair` of Microsoft.Data.SqlClient, in which a keyword ends at `=` only – a `;`
//! inside it is part of it – and an unquoted value at `;`.

use super::SyntaxError;

/// Reads a connection string from left to right, one keyword and one value in turn.
pub(super) struct Scanner<'a> {
    rest: &'a str,
}

impl<'a> Scanner<'a> {
    /// Starts at the beginning. NULs at the very end are dropped, as SqlClient does for strings that come from C.
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text.trim_end_matches(|c: char| c == '\0' || c.is_whitespace()) }
    }

    /// Reads the next keyword and its `=`; `None` at the end. `==` stands for `=` in a keyword.
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

    /// Reads the value behind the keyword that was read last.
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

/// Writes a value so that [`Scanner::value`] reads the same one; the value must hold no NUL.
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

/// Tabs and line ends are control characters too, but white space first.
fn is_forbidden(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
}
