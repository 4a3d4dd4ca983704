//! Which books to list: the words to find, and the creator.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Number of words that a search uses; more are ignored. `sql/queries/search.sql` has a parameter per word.
pub const MAX_WORDS: usize = 6;

/// A filter of the list. By default all books pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BookFilter {
    /// Words to find, in any order, in title, author's name and publisher, regardless of case and accents; empty for
    /// all books.
    pub search: String,
    /// A creator; empty for all.
    pub creator: String,
}

impl BookFilter {
    /// Whether some books may not pass.
    pub fn is_selective(&self) -> bool {
        self.words().next().is_some() || !self.creator.is_empty()
    }

    /// The words of the search.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.search.split_whitespace().take(MAX_WORDS)
    }
}

/// Converts text to lower case without accents: the embedded store finds what the collation `Latin1_General_CI_AI`
/// finds on SQL Server.
pub(crate) fn search_key(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_key_has_no_case_and_no_accents() {
        assert_eq!(search_key("Les Misérables"), search_key("les MISERABLES"));
        assert_eq!(search_key("Ångström Čapek Nguyễn"), "angstrom capek nguyen");
        assert_eq!(search_key("Толстой"), search_key("ТОЛСТОИ"));
        assert_eq!(search_key("吾輩は猫である"), search_key("吾輩は猫てある"));
    }

    #[test]
    fn search_uses_its_first_words() {
        let filter = BookFilter { search: "  a b\tc d e f g ".into(), creator: String::new() };
        assert_eq!(filter.words().collect::<Vec<_>>(), ["a", "b", "c", "d", "e", "f"]);
        assert!(!BookFilter { search: " ".into(), creator: String::new() }.is_selective());
    }
}
