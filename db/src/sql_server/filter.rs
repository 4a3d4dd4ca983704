//! The filter of the list as parameters of `search.sql` and `export.sql`.

use tiberius::ToSql;

use crate::search::{BookFilter, MAX_WORDS};

/// `@P3` to `@P10`.
pub(super) struct FilterParams<'a> {
    creator: &'a str,
    words: [String; MAX_WORDS],
    exact: String,
}

impl<'a> FilterParams<'a> {
    pub(super) fn new(filter: &'a BookFilter) -> Self {
        let mut words = filter.words().map(like_pattern);
        Self {
            creator: &filter.creator,
            words: std::array::from_fn(|_| words.next().unwrap_or_default()),
            exact: filter.words().find_map(supplementary_run).map(like_pattern).unwrap_or_default(),
        }
    }

    /// All parameters: these after the first two.
    pub(super) fn after<'p>(&'p self, first: &[&'p dyn ToSql; 2]) -> Vec<&'p dyn ToSql> {
        let words = self.words.iter().map(|word| word as &dyn ToSql);
        let filter = std::iter::once(&self.creator as &dyn ToSql).chain(words).chain([&self.exact as &dyn ToSql]);
        first.iter().copied().chain(filter).collect()
    }
}

/// Returns the first run of characters outside of the Basic Multilingual Plane. The letters beside it are not compared
/// exactly, so that their case does not matter.
fn supplementary_run(word: &str) -> Option<&str> {
    let is_basic = |c: char| u32::from(c) <= 0xFFFF;
    word.split(is_basic).find(|run| !run.is_empty())
}

/// Returns a `LIKE` pattern that finds the word anywhere. Its wildcards are in brackets, which every server takes; an
/// escape character after `%` is not understood by all.
fn like_pattern(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for letter in word.chars() {
        if matches!(letter, '%' | '_' | '[') {
            pattern.extend(['[', letter, ']']);
        } else {
            pattern.push(letter);
        }
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_of_a_word_are_in_brackets() {
        assert_eq!(like_pattern(r"100%_[a]\"), r"%100[%][_][[]a]\%");
    }

    #[test]
    fn supplementary_character_is_compared_exactly() {
        let filter = BookFilter { search: "books 📚".into(), creator: String::new() };
        let params = FilterParams::new(&filter);
        assert_eq!((params.words[0].as_str(), params.words[2].as_str()), ("%books%", ""));
        assert_eq!(params.exact, "%📚%");
    }

    #[test]
    fn letters_beside_a_supplementary_character_are_not_compared_exactly() {
        let filter = BookFilter { search: "My📚📖Shelf📕".into(), creator: String::new() };
        assert_eq!(FilterParams::new(&filter).exact, "%📚📖%");
    }

    /// The conditions of a statement for `@P3` to `@P10`, which SQL cannot share between files, and their source.
    fn filter_text(sql: &str) -> Vec<&str> {
        let is_source = |line: &&str| line.contains("AS SearchText FROM") || line.contains("ON s.Id = b.Id");
        let conditions = sql.lines().filter_map(|line| line.find("(@P").map(|at| &line[at..]));
        sql.lines().filter(is_source).chain(conditions).collect()
    }

    #[test]
    fn copies_of_the_filter_are_equal() {
        let search = filter_text(include_str!("../../sql/queries/search.sql"));
        assert_eq!(search.len(), 10, "{search:?}");
        assert_eq!(search, filter_text(include_str!("../../sql/queries/search_count.sql")));
        assert_eq!(search, filter_text(include_str!("../../sql/queries/export.sql")));
    }
}
