//! The notice on the page after a form was saved. The address contains its name, so no cookie is needed, and a crafted
//! address can show no other text.

use bookstore_db::book::Field;
use bookstore_db::draft::BookInput;
use form_urlencoded::Serializer;

use super::form::input_fields;

/// The result of a form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SavedNotice {
    Created,
    Edited,
    /// With the deleted book's fields, from which it can be added again.
    Deleted(String),
    /// The book to delete did not exist any more.
    AlreadyDeleted,
}

/// The parameter with the notice's name.
const SAVED: &str = "saved";

impl SavedNotice {
    /// The notice after a delete. The form that deletes contains the book's fields.
    pub(super) fn deleted(fields: &BookInput) -> Self {
        Self::Deleted(fields_query(fields))
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Edited => "edited",
            Self::Deleted(_) => "deleted",
            Self::AlreadyDeleted => "already-deleted",
        }
    }

    /// The address of the form that adds the deleted book again.
    pub(super) fn add_again(&self) -> Option<String> {
        match self {
            Self::Deleted(fields) if !fields.is_empty() => Some(format!("/books/new?{fields}")),
            _ => None,
        }
    }

    /// Appends the notice to a normalized address, which may have a query.
    pub(super) fn append_to(notice: Option<&Self>, address: String) -> String {
        let Some(notice) = notice else { return address };
        let separator = if address.contains('?') { '&' } else { '?' };
        let fields = match notice {
            Self::Deleted(fields) if !fields.is_empty() => format!("&{fields}"),
            _ => String::new(),
        };
        format!("{address}{separator}{SAVED}={}{fields}", notice.name())
    }

    /// The notice in an address's query.
    pub(super) fn parse(query: &str) -> Option<Self> {
        let pairs = || form_urlencoded::parse(query.as_bytes());
        let (_, name) = pairs().find(|(name, _)| name == SAVED)?;
        let value = |field: Field| pairs().find(|(name, _)| *name == field.to_string());
        let text = |field| value(field).map_or_else(String::new, |(_, text)| text.into_owned());
        match name.as_ref() {
            "created" => Some(Self::Created),
            "edited" => Some(Self::Edited),
            "deleted" => Some(Self::Deleted(fields_query(&BookInput::new(text)))),
            "already-deleted" => Some(Self::AlreadyDeleted),
            _ => None,
        }
    }
}

/// The fields of a book as a query, without empty ones.
fn fields_query(fields: &BookInput) -> String {
    let named = input_fields(fields).into_iter().filter(|(_, text)| !text.is_empty());
    Serializer::new(String::new()).extend_pairs(named).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_is_read_from_its_address() {
        let book = BookInput::default().with(Field::Title, "War & Peace").with(Field::Price, "9");
        for saved in
            [SavedNotice::Created, SavedNotice::Edited, SavedNotice::deleted(&book), SavedNotice::AlreadyDeleted]
        {
            for address in ["/books/1", "/books?q=a"] {
                let address = SavedNotice::append_to(Some(&saved), address.to_owned());
                assert_eq!(SavedNotice::parse(address.split_once('?').unwrap().1).as_ref(), Some(&saved));
            }
        }
    }

    #[test]
    fn deleted_book_can_be_added_again() {
        let book = BookInput::default().with(Field::Title, "War & Peace");
        assert_eq!(SavedNotice::deleted(&book).add_again().unwrap(), "/books/new?Title=War+%26+Peace");
        assert_eq!(SavedNotice::deleted(&BookInput::default()).add_again(), None);
    }

    #[test]
    fn unknown_notice_is_ignored() {
        assert_eq!(SavedNotice::parse("saved=Call+this+number"), None);
    }
}
