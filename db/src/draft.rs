//! What a person may say about a book, and the rules for it. Every way into the database passes here.

use std::fmt;

use crate::price::Price;

/// The fields of a book that a person writes, as text from a form or an API request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookInput {
    /// The title.
    pub title: String,
    /// The author's first name.
    pub author_first_name: String,
    /// The author's last name.
    pub author_last_name: String,
    /// A whole number.
    pub avg_customer_reviews: String,
    /// A number with a decimal point.
    pub price: String,
    /// The language's name.
    pub book_language: String,
    /// The publisher's name.
    pub publisher: String,
}

/// A field of [`BookInput`]. Its `Display` is the column's name, which forms use too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Field {
    Title,
    AuthorFirstName,
    AuthorLastName,
    AvgCustomerReviews,
    Price,
    BookLanguage,
    Publisher,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// Why a field was not accepted. `message` completes a sentence that begins with the field's name: "must not be empty".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Which field.
    pub field: Field,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// What a person says about a book, known to follow the rules: only [`BookDraft::parse`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookDraft {
    pub(crate) title: String,
    pub(crate) author_first_name: String,
    pub(crate) author_last_name: String,
    pub(crate) avg_customer_reviews: i32,
    pub(crate) price: Price,
    pub(crate) book_language: String,
    pub(crate) publisher: String,
}

/// The longest title and names, in UTF-16 code units as `NVARCHAR` counts.
pub const NAME_LENGTH: usize = 50;
/// The longest language.
pub const LANGUAGE_LENGTH: usize = 10;
/// The longest publisher.
pub const PUBLISHER_LENGTH: usize = 255;

impl BookDraft {
    /// Checks all fields and trims their ends.
    ///
    /// # Errors
    /// Every field that breaks a rule, in the order of the columns.
    pub fn parse(input: &BookInput) -> Result<Self, Vec<FieldError>> {
        let mut check = Check::default();
        let draft = Self {
            title: check.text(Field::Title, &input.title, NAME_LENGTH),
            author_first_name: check.text(Field::AuthorFirstName, &input.author_first_name, NAME_LENGTH),
            author_last_name: check.text(Field::AuthorLastName, &input.author_last_name, NAME_LENGTH),
            avg_customer_reviews: check.count(Field::AvgCustomerReviews, &input.avg_customer_reviews),
            price: check.price(Field::Price, &input.price),
            book_language: check.text(Field::BookLanguage, &input.book_language, LANGUAGE_LENGTH),
            publisher: check.text(Field::Publisher, &input.publisher, PUBLISHER_LENGTH),
        };
        if check.errors.is_empty() { Ok(draft) } else { Err(check.errors) }
    }
}

#[derive(Default)]
struct Check {
    errors: Vec<FieldError>,
}

impl Check {
    fn fail(&mut self, field: Field, message: impl Into<String>) {
        self.errors.push(FieldError { field, message: message.into() });
    }

    fn text(&mut self, field: Field, text: &str, longest: usize) -> String {
        let text = text.trim();
        let length = text.encode_utf16().count();
        if text.is_empty() {
            self.fail(field, "must not be empty");
        } else if length > longest {
            self.fail(field, format!("must have at most {longest} characters; it has {length}"));
        } else if text.chars().any(char::is_control) {
            self.fail(field, "must not contain line breaks or control characters");
        }
        text.to_owned()
    }

    fn count(&mut self, field: Field, text: &str) -> i32 {
        match text.trim().parse::<i64>().map(i32::try_from) {
            Ok(Ok(count)) if count >= 0 => return count,
            Ok(_) => self.fail(field, format!("must be from 0 to {}", i32::MAX)),
            Err(_) => self.fail(field, "must be a whole number, like 0 or 250"),
        }
        0
    }

    fn price(&mut self, field: Field, text: &str) -> Price {
        text.trim().parse().unwrap_or_else(|error: crate::price::PriceError| {
            self.fail(field, error.to_string());
            Price::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn input() -> BookInput {
        BookInput {
            title: " Emma ".into(),
            author_first_name: "Jane".into(),
            author_last_name: "Austen".into(),
            avg_customer_reviews: "12".into(),
            price: "9.9".into(),
            book_language: "English".into(),
            publisher: "John Murray".into(),
        }
    }

    fn fields(input: &BookInput) -> Vec<Field> {
        BookDraft::parse(input).err().unwrap_or_default().into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_good_input_is_trimmed_and_typed() {
        let draft = BookDraft::parse(&input()).unwrap();
        assert_eq!((draft.title.as_str(), draft.price.cents(), draft.avg_customer_reviews), ("Emma", 990, 12));
    }

    #[test]
    fn every_broken_field_is_named_at_once() {
        let all = [
            Field::Title,
            Field::AuthorFirstName,
            Field::AuthorLastName,
            Field::AvgCustomerReviews,
            Field::Price,
            Field::BookLanguage,
            Field::Publisher,
        ];
        assert_eq!(fields(&BookInput::default()), all);
    }

    #[test]
    fn lengths_are_counted_as_the_column_counts_them() {
        let emoji = "\u{1F4DA}"; // two UTF-16 code units
        let title = |title: String| fields(&BookInput { title, ..input() });
        assert_eq!(title("x".repeat(50)), []);
        assert_eq!(title("x".repeat(51)), [Field::Title]);
        assert_eq!(title(emoji.repeat(25)), []);
        assert_eq!(title(emoji.repeat(26)), [Field::Title]);
    }

    #[test]
    fn a_review_count_is_not_negative_and_fits_the_column() {
        let reviews = |text: &str| fields(&BookInput { avg_customer_reviews: text.into(), ..input() });
        assert_eq!(reviews("0"), []);
        assert_eq!(reviews("2147483647"), []);
        for bad in ["-1", "2147483648", "many", "", "1.5", "99999999999999999999"] {
            assert_eq!(reviews(bad), [Field::AvgCustomerReviews], "{bad}");
        }
    }

    #[test]
    fn a_line_break_or_a_nul_is_refused() {
        for bad in ["a\nb", "a\0b"] {
            assert_eq!(fields(&BookInput { publisher: bad.into(), ..input() }), [Field::Publisher]);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let any = || text.clone();
            let _ = BookDraft::parse(&BookInput {
                title: any(), author_first_name: any(), author_last_name: any(), avg_customer_reviews: any(),
                price: any(), book_language: any(), publisher: any(),
            });
        }
    }
}
