//! The pairs of a connection string by keyword, and the conversions of their values.
//!
//! The last of several pairs counts, among synonyms too, and an empty value takes the keyword back to its default.

use std::{collections::BTreeMap, ops::RangeInclusive};

use super::{
    Excerpt, ParseError, Place, SyntaxError,
    grammar::{Scanner, Text},
    keywords::{Keyword, nearest},
};

/// SqlClient's switches: `true` and `false`, or `yes` and `no`.
pub(super) const SWITCH: &[(&str, bool)] = &[("true", true), ("false", false), ("yes", true), ("no", false)];

/// What a connection string says, keyword by keyword.
pub(super) struct Assignments(BTreeMap<Keyword, Value>);

/// The value that a keyword has in the end. No `Debug`: it may be a password.
struct Value {
    text: String,
    /// Which of the keyword's spellings gave it.
    spelling: &'static str,
    /// Such text may be the tail of a password that holds an unquoted `;`.
    after_password: bool,
}

impl Assignments {
    /// Reads all pairs, and stops at the first that is malformed or unknown.
    pub(super) fn read(text: &str) -> Result<Self, ParseError> {
        let mut scanner = Scanner::new(text);
        let mut values = BTreeMap::new();
        let mut place = Place::Start;
        let mut after_password = false;
        while let Some(key) = scanner.keyword().map_err(|error| syntax(place, error))? {
            let (keyword, spelling) = Keyword::find(&key).ok_or_else(|| unknown(place, &key, after_password))?;
            let Text { text, quoted } = scanner.value().map_err(|error| syntax(Place::Value(spelling), error))?;
            if keyword != Keyword::Password && !quoted && assigns_password(&text) {
                return Err(ParseError::SwallowedPassword { keyword: spelling });
            }
            if text.is_empty() {
                values.remove(&keyword);
            } else {
                values.insert(keyword, Value { text, spelling, after_password });
            }
            after_password |= keyword == Keyword::Password;
            place = Place::After(spelling);
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

    /// A text of at most `limit` UTF-16 code units, which is what a login packet counts in.
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

    /// One of several words. Neither case nor spaces count: SqlClient takes `SqlPassword` and `Sql Password` alike.
    pub(super) fn choice<T: Copy>(&self, keyword: Keyword, words: &[(&str, T)]) -> Result<Option<T>, ParseError> {
        let Some(text) = self.text(keyword) else { return Ok(None) };
        let found = words.iter().find(|(word, _)| squeeze(word).eq_ignore_ascii_case(&squeeze(text)));
        match found {
            Some((_, meaning)) => Ok(Some(*meaning)),
            None => Err(self.invalid(keyword, one_of(words))),
        }
    }

    /// The error for a value that does not do.
    pub(super) fn invalid(&self, keyword: Keyword, expected: impl Into<String>) -> ParseError {
        let value = match self.0.get(&keyword) {
            Some(value) if !value.after_password && !self.holds_password(&value.text) => Excerpt::of_value(&value.text),
            _ => Excerpt::WITHHELD,
        };
        ParseError::InvalidValue { keyword: self.name(keyword), value, expected: expected.into() }
    }

    fn holds_password(&self, text: &str) -> bool {
        self.text(Keyword::Password).is_some_and(|password| text.contains(password))
    }
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect()
}

fn one_of<T>(words: &[(&str, T)]) -> String {
    let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    match words.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    }
}

fn syntax(place: Place, error: SyntaxError) -> ParseError {
    ParseError::Syntax { place, error }
}

fn unknown(place: Place, key: &str, after_password: bool) -> ParseError {
    let keyword = if after_password { Excerpt::WITHHELD } else { Excerpt::of_keyword(key) };
    ParseError::UnknownKeyword { place, keyword, nearest: nearest(key) }
}

/// Whether a value looks as if it had swallowed another pair. In `User ID=sa,Password=secret` the user would hold the password,
/// and users are shown to everybody.
fn assigns_password(value: &str) -> bool {
    let value = value.to_lowercase();
    let assigns =
        |word: &str| value.match_indices(word).any(|(at, _)| value[at + word.len()..].trim_start().starts_with('='));
    assigns("password") || assigns("pwd")
}
