//! The values of a connection string by keyword, and their conversions.
//!
//! If a keyword or its synonyms occur several times, the last one counts. An empty value resets the keyword to its
//! default.

use std::{collections::BTreeMap, ops::RangeInclusive};

use super::error::{ParseError, Position, SyntaxError, Warning};
use super::excerpt::Excerpt;
use super::grammar::{Scanner, Text};
use super::invisible::InvisibleCharacter;
use super::keywords::{Keyword, nearest};
use crate::invisible::is_invisible;

/// The values of SqlClient's switches.
pub(super) const SWITCH: &[(&str, bool)] = &[("true", true), ("false", false), ("yes", true), ("no", false)];

/// The values of a connection string, by keyword.
pub(super) struct Assignments(BTreeMap<Keyword, Value>);

/// The value of a keyword. No `Debug`: it may be a password.
struct Value {
    text: String,
    /// The spelling of the keyword that set it.
    spelling: &'static str,
    /// Whether a password precedes it: the text may then be the rest of a password that contains an unquoted `;`.
    after_password: bool,
    /// The first invisible character in it.
    invisible: Option<InvisibleCharacter>,
}

impl Assignments {
    /// Parses all pairs. Stops at the first one that is malformed or unknown.
    pub(super) fn read(text: &str) -> Result<Self, ParseError> {
        let mut scanner = Scanner::new(text);
        let mut values = BTreeMap::new();
        let mut position = Position::Start;
        let mut after_password = false;
        loop {
            let start = scanner.offset();
            let Some(key) = scanner.keyword().map_err(|error| syntax(position, error))? else { break };
            let (keyword, spelling) = Keyword::find(&key).ok_or_else(|| match scanner.invisible_since(start) {
                Some(character) => ParseError::Invisible { position, character },
                None => unknown(position, &key, after_password),
            })?;
            let start = scanner.offset();
            let Text { text, quoted } = scanner.value().map_err(|error| syntax(Position::Value(spelling), error))?;
            let invisible = scanner.invisible_since(start);
            if keyword != Keyword::Password && !quoted && assigns_password(&text) {
                return Err(ParseError::UnseparatedPassword { keyword: spelling });
            }
            if text.is_empty() {
                values.remove(&keyword);
            } else {
                values.insert(keyword, Value { text, spelling, after_password, invisible });
            }
            after_password |= keyword == Keyword::Password;
            position = Position::After(spelling);
        }
        Ok(Self(values))
    }

    /// The keywords that have a value, in the order of their table.
    pub(super) fn keywords(&self) -> impl Iterator<Item = Keyword> {
        self.0.keys().copied()
    }

    pub(super) fn has(&self, keyword: Keyword) -> bool {
        self.0.contains_key(&keyword)
    }

    /// The keyword as this string spells it, for messages.
    pub(super) fn name(&self, keyword: Keyword) -> &'static str {
        self.0.get(&keyword).map_or(keyword.name(), |value| value.spelling)
    }

    pub(super) fn text(&self, keyword: Keyword) -> Option<&str> {
        self.0.get(&keyword).map(|value| value.text.as_str())
    }

    /// Returns a text of at most `limit` UTF-16 code units, the unit of a login packet.
    pub(super) fn short_text(&self, keyword: Keyword, limit: usize) -> Result<Option<String>, ParseError> {
        let text = self.text(keyword);
        if text.is_some_and(|text| text.encode_utf16().count() > limit) {
            return Err(ParseError::ValueTooLong { keyword: self.name(keyword), limit });
        }
        Ok(text.map(str::to_owned))
    }

    pub(super) fn switch(&self, keyword: Keyword) -> Result<Option<bool>, ParseError> {
        self.choice(keyword, SWITCH)
    }

    pub(super) fn number(&self, keyword: Keyword, range: RangeInclusive<u32>) -> Result<Option<u32>, ParseError> {
        let Some(text) = self.text(keyword) else { return Ok(None) };
        match text.trim().parse() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(self.invalid(keyword, format!("a whole number from {} to {}", range.start(), range.end()))),
        }
    }

    /// Returns the meaning of one of several words. Case is ignored, and spaces at both ends where SqlClient ignores
    /// them: a quoted value may have them.
    pub(super) fn choice<T: Copy>(&self, keyword: Keyword, words: &[(&str, T)]) -> Result<Option<T>, ParseError> {
        let Some(text) = self.text(keyword) else { return Ok(None) };
        let text = if keyword.is_trimmed() { text.trim() } else { text };
        let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        match found {
            Some((_, meaning)) => Ok(Some(*meaning)),
            None => Err(self.invalid(keyword, one_of(words))),
        }
    }

    /// Returns the error for an invalid value. An invisible character in it is the likely cause.
    pub(super) fn invalid(&self, keyword: Keyword, expected: impl Into<String>) -> ParseError {
        if let Some(character) = self.0.get(&keyword).and_then(|value| value.invisible) {
            return ParseError::Invisible { position: Position::Value(self.name(keyword)), character };
        }
        let value = match self.0.get(&keyword) {
            Some(value) if !value.after_password && !self.holds_password(&value.text) => Excerpt::of_value(&value.text),
            _ => Excerpt::WITHHELD,
        };
        ParseError::InvalidValue { keyword: self.name(keyword), value, expected: expected.into() }
    }

    /// Returns a warning for each value with an invisible character. In a password every character may be intended;
    /// only those at its ends are reported, which a copied password has, and neither which nor where.
    pub(super) fn invisible_characters(&self) -> Vec<Warning> {
        let warning = |(keyword, value): (&Keyword, &Value)| match (keyword, value.invisible?) {
            (Keyword::Password, _) => {
                let at_an_end = value.text.starts_with(is_invisible) || value.text.ends_with(is_invisible);
                at_an_end.then_some(Warning::InvisibleInPassword { keyword: value.spelling })
            }
            (_, character) => Some(Warning::Invisible { keyword: value.spelling, character }),
        };
        self.0.iter().filter_map(warning).collect()
    }

    fn holds_password(&self, text: &str) -> bool {
        self.text(Keyword::Password).is_some_and(|password| text.contains(password))
    }
}

fn one_of<T>(words: &[(&str, T)]) -> String {
    let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    match words.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    }
}

fn syntax(position: Position, error: SyntaxError) -> ParseError {
    ParseError::Syntax { position, error }
}

fn unknown(position: Position, key: &str, after_password: bool) -> ParseError {
    let keyword = if after_password { Excerpt::WITHHELD } else { Excerpt::of_keyword(key) };
    ParseError::UnknownKeyword { position, keyword, nearest: nearest(key) }
}

/// Whether a value seems to contain a second pair. In `User ID=sa,Password=secret` the user name would contain the
/// password, and user names are shown.
fn assigns_password(value: &str) -> bool {
    let value = value.to_lowercase();
    let assigns =
        |word: &str| value.match_indices(word).any(|(at, _)| value[at + word.len()..].trim_start().starts_with('='));
    assigns("password") || assigns("pwd")
}
