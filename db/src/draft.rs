//! User input for a book, and the rules that it must follow. Every write to the database passes through here.

use std::ops::{Index, IndexMut};

use unicode_normalization::char::is_combining_mark;

use crate::book::{Book, Field, FieldKind, FieldValue};
use crate::invisible::is_invisible;
use crate::price::PriceError;

const FIELD_COUNT: usize = Field::ALL.len();

/// The fields of a book as a user writes them: text from a form or an API request, indexed by [`Field`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookInput([String; FIELD_COUNT]);

impl BookInput {
    /// Creates an input from the text of each field.
    pub fn new(text: impl FnMut(Field) -> String) -> Self {
        Self(Field::ALL.map(text))
    }

    /// Returns this input with another text in one field.
    #[must_use]
    pub fn with(mut self, field: Field, text: impl Into<String>) -> Self {
        self[field] = text.into();
        self
    }
}

impl Index<Field> for BookInput {
    type Output = String;

    fn index(&self, field: Field) -> &String {
        &self.0[field as usize]
    }
}

impl IndexMut<Field> for BookInput {
    fn index_mut(&mut self, field: Field) -> &mut String {
        &mut self.0[field as usize]
    }
}

impl From<&Book> for BookInput {
    /// The input that would create this book.
    fn from(book: &Book) -> Self {
        Self::new(|field| book.value(field).to_string())
    }
}

/// Why the text of a field was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field.
    pub field: Field,
    /// What is wrong and what to write. Completes a sentence that starts with the field's name: "must not be empty".
    pub message: String,
}

/// Valid values for all fields of a book. Only [`BookDraft::parse`] creates one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookDraft([FieldValue; FIELD_COUNT]);

impl BookDraft {
    /// Trims and checks all fields.
    ///
    /// # Errors
    /// One error per field that breaks a rule, in the order of the columns.
    pub fn parse(input: &BookInput) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let values = Field::ALL.map(|field| {
            field.parse(&input[field]).unwrap_or_else(|message| {
                errors.push(FieldError { field, message });
                FieldValue::Count(0)
            })
        });
        if errors.is_empty() { Ok(Self(values)) } else { Err(errors) }
    }

    /// The values, in the order of [`Field::ALL`].
    pub(crate) fn values(&self) -> impl Iterator<Item = &FieldValue> {
        self.0.iter()
    }
}

impl Field {
    /// Trims and checks the text of this field.
    ///
    /// # Errors
    /// The message of a [`FieldError`].
    pub fn parse(self, text: &str) -> Result<FieldValue, String> {
        let text = text.trim();
        match self.kind() {
            FieldKind::Text(max_length) => parse_text(text, max_length).map(FieldValue::Text),
            FieldKind::Count => parse_count(text).map(FieldValue::Count),
            FieldKind::Price => text.parse().map(FieldValue::Price).map_err(|error: PriceError| error.to_string()),
        }
    }
}

fn parse_text(text: &str, max_length: usize) -> Result<String, String> {
    let length = text.encode_utf16().count();
    if text.is_empty() {
        Err("must not be empty".to_owned())
    } else if text.chars().all(shows_nothing) {
        Err("must contain a visible character".to_owned())
    } else if length > max_length {
        Err(format!("must have at most {max_length} characters; it has {length}"))
    } else if text.chars().any(char::is_control) {
        Err("must not contain line breaks or control characters".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// Whether a character shows nothing by itself: white space, controls, invisible characters such as the zero-width
/// space, and combining marks, which need a letter.
fn shows_nothing(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_combining_mark(c) || is_invisible(c)
}

fn parse_count(text: &str) -> Result<i32, String> {
    let number: i64 = text.parse().map_err(|_| "must be a whole number, like 0 or 250")?;
    match i32::try_from(number) {
        Ok(count) if count >= 0 => Ok(count),
        _ => Err(format!("must be from 0 to {}", i32::MAX)),
    }
}

impl Book {
    /// Whether this book is the result of an edit of `version` with this draft. An edit that is sent again finds its
    /// own result.
    pub fn is_result_of(&self, draft: &BookDraft, version: i32) -> bool {
        // After the highest version comes 1.
        self.version == version.checked_add(1).unwrap_or(1) && self.matches(draft)
    }

    /// Whether all fields have the draft's values.
    pub fn matches(&self, draft: &BookDraft) -> bool {
        Field::ALL.into_iter().zip(draft.values()).all(|(field, value)| self.value(field) == *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn input() -> BookInput {
        BookInput::new(|field| {
            match field {
                Field::Title => " Emma ",
                Field::AvgCustomerReviews => "12",
                Field::Price => "9.9",
                _ => "text",
            }
            .to_owned()
        })
    }

    fn refused_fields(input: &BookInput) -> Vec<Field> {
        BookDraft::parse(input).err().unwrap_or_default().into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn valid_input_is_trimmed_and_typed() {
        let values: Vec<_> = BookDraft::parse(&input()).unwrap().values().map(FieldValue::to_string).collect();
        assert_eq!(values, ["Emma", "text", "text", "12", "9.90", "text", "text"]);
    }

    #[test]
    fn all_refused_fields_are_reported_at_once() {
        assert_eq!(refused_fields(&BookInput::default()), Field::ALL);
    }

    #[test]
    fn text_length_is_counted_in_utf16_code_units() {
        let emoji = "\u{1F4DA}"; // two UTF-16 code units
        let title = |title: String| refused_fields(&input().with(Field::Title, title));
        assert_eq!(title("x".repeat(50)), []);
        assert_eq!(title("x".repeat(51)), [Field::Title]);
        assert_eq!(title(emoji.repeat(25)), []);
        assert_eq!(title(emoji.repeat(26)), [Field::Title]);
    }

    #[test]
    fn review_count_outside_its_range_is_refused() {
        let reviews = |text: &str| refused_fields(&input().with(Field::AvgCustomerReviews, text));
        assert_eq!(reviews("0"), []);
        assert_eq!(reviews("2147483647"), []);
        for bad in ["-1", "2147483648", "many", "", "1.5", "99999999999999999999"] {
            assert_eq!(reviews(bad), [Field::AvgCustomerReviews], "{bad}");
        }
    }

    #[test]
    fn line_break_and_nul_are_refused() {
        for bad in ["a\nb", "a\0b"] {
            assert_eq!(refused_fields(&input().with(Field::Publisher, bad)), [Field::Publisher]);
        }
    }

    #[test]
    fn text_without_a_visible_character_is_refused() {
        for invisible in ["\u{200B}", "\u{200B}\u{FEFF} \u{2060}", "\u{AD}", "\u{3164}", "\u{301}", "\u{E0041}"] {
            assert_eq!(refused_fields(&input().with(Field::Title, invisible)), [Field::Title], "{invisible:?}");
        }
        for visible in ["नमस्ते", "می\u{200C}روم", "👩\u{200D}🚀", "-", "ﷺ", "‰", "‽", "※"]
        {
            assert_eq!(refused_fields(&input().with(Field::Title, visible)), [], "{visible:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = BookDraft::parse(&BookInput::new(|_| text.clone()));
        }
    }
}
