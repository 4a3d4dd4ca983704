//! How texts compare: SQL_Latin1_General_CP1_CI_AS, for Unicode text.
//!
//! Case and trailing blanks make no difference, accents decide only between texts that are otherwise equal, so that É
//! sorts beside e, and characters beyond U+FFFF have no weight ("Collation and Unicode support" in Microsoft's
//! documentation). Punctuation comes before digits, digits before letters.

use std::cmp::Ordering;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The collation's name in Microsoft's documentation.
pub(crate) const NAME: &str = "SQL_Latin1_General_CP1_CI_AS";

/// The weights of a text. Two texts are equal if and only if their weights are.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Weights {
    letters: Vec<(u8, char)>,
    /// The accents, each with the number of letters before it.
    accents: Vec<(usize, char)>,
}

impl Weights {
    pub(crate) fn of(text: &str) -> Self {
        let (mut letters, mut accents) = (Vec::new(), Vec::new());
        for c in text.trim_end_matches(' ').chars().filter(|c| c.len_utf16() == 1) {
            for part in std::iter::once(fold(c)).nfd() {
                if is_combining_mark(part) {
                    accents.push((letters.len(), part));
                } else if let Some(base) = stroked(part) {
                    letters.push(letter(base));
                    accents.push((letters.len(), part));
                } else {
                    letters.push(letter(part));
                }
            }
        }
        Self { letters, accents }
    }
}

/// Compares two texts.
pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    if left.is_ascii() && right.is_ascii() {
        let weights = |text| str::trim_end_matches(text, ' ').chars().map(|c| letter(fold(c)));
        return weights(left).cmp(weights(right));
    }
    Weights::of(left).cmp(&Weights::of(right))
}

/// Folds one character to lower case. A character whose lower case is longer stays as it is.
pub(crate) fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

/// Removes accents, for a collation that ignores them.
pub(crate) fn remove_accents(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).nfc().collect()
}

fn letter(c: char) -> (u8, char) {
    let class = match c {
        c if c.is_alphabetic() => 2,
        c if c.is_numeric() => 1,
        _ => 0,
    };
    (class, c)
}

/// The letter under a stroke, which Unicode does not decompose.
fn stroked(c: char) -> Option<char> {
    Some(match c {
        'ł' => 'l',
        'ø' => 'o',
        'đ' => 'd',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "Collation and Unicode support": <https://learn.microsoft.com/sql/relational-databases/collations/collation-and-unicode-support>
    #[test]
    fn texts_sort_by_letters_then_accents() {
        let sorted = ["", "-", "1", "Ecole", "école", "Edam", "eddy", "él", "ELAN", "Lem", "łem", "Lemma", "z", "вой"];
        for (at, left) in sorted.iter().enumerate() {
            for right in &sorted[at + 1..] {
                assert_eq!(compare(left, right), Ordering::Less, "{left} {right}");
                assert_eq!(compare(right, left), Ordering::Greater, "{right} {left}");
            }
        }
    }

    #[test]
    fn texts_are_equal_without_case_blanks_and_supplementary_characters() {
        for (left, right) in [("Émile ", "ÉMILE"), ("a🚀b", "AB"), ("😀", ""), ("Война", "ВОЙНА  "), ("e\u{301}", "é")]
        {
            assert_eq!(compare(left, right), Ordering::Equal, "{left} {right}");
            assert_eq!(Weights::of(left), Weights::of(right), "{left} {right}");
        }
        assert_ne!(compare("Emile", "Émile"), Ordering::Equal);
    }
}
