//! The fields of a book in two versions.

use bookstore_db::book::Field;
use bookstore_db::draft::BookInput;

use super::view::field_label;

/// One field in both versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldComparison {
    pub(super) name: Field,
    pub(super) label: &'static str,
    pub(super) mine: String,
    pub(super) theirs: String,
}

impl FieldComparison {
    pub(super) fn differs(&self) -> bool {
        self.mine != self.theirs
    }
}

/// Compares all fields, in the order of the columns.
pub(super) fn compare_fields(mine: &BookInput, theirs: &BookInput) -> Vec<FieldComparison> {
    let compare = |field| FieldComparison {
        name: field,
        label: field_label(field),
        mine: normalized(field, &mine[field]),
        theirs: normalized(field, &theirs[field]),
    };
    Field::ALL.map(compare).into()
}

/// The text of a field after saving, so that `10` and `10.00` do not differ.
pub(super) fn normalized(field: Field, text: &str) -> String {
    field.parse(text).map_or_else(|_| text.trim().to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_save_to_the_same_text_do_not_differ() {
        let input = |title: &str, price: &str, reviews: &str| {
            let input = BookInput::default().with(Field::Title, title).with(Field::Price, price);
            input.with(Field::AvgCustomerReviews, reviews)
        };
        let theirs = input("Emma", "9.00", "7");
        let differing = |mine| -> Vec<Field> {
            compare_fields(&mine, &theirs)
                .into_iter()
                .filter(FieldComparison::differs)
                .map(|field| field.name)
                .collect()
        };
        assert_eq!(differing(input(" Emma ", "9", "+7")), []);
        assert_eq!(differing(input("Emma", "10", "7")), [Field::Price]);
    }
}
