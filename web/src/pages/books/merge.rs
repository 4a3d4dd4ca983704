//! The three-way merge of an edit with the version that another person saved meanwhile.

use bookstore_db::book::Field;
use bookstore_db::draft::BookInput;

use super::field_comparison::normalized;
use super::view::field_label;

/// Where the value of a merged field comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// Nobody changed it, or both to the same value.
    Both,
    /// Only this person changed it.
    Mine,
    /// Only the other person changed it.
    Theirs,
    /// Both changed it, to different values.
    Conflict,
}

/// One field in all versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MergedField {
    pub(super) name: Field,
    pub(super) label: &'static str,
    /// What this person started from. None if the form did not say.
    pub(super) base: Option<String>,
    pub(super) mine: String,
    pub(super) theirs: String,
    pub(super) origin: Origin,
}

/// Merges all fields, in the order of the columns. Without a base, every difference is a conflict.
pub(super) fn merge(base: Option<&BookInput>, mine: &BookInput, theirs: &BookInput) -> Vec<MergedField> {
    let merge = |field| {
        let base = base.map(|base| normalized(field, &base[field]));
        let (mine, theirs) = (normalized(field, &mine[field]), normalized(field, &theirs[field]));
        let origin = match &base {
            _ if mine == theirs => Origin::Both,
            Some(base) if *base == mine => Origin::Theirs,
            Some(base) if *base == theirs => Origin::Mine,
            _ => Origin::Conflict,
        };
        MergedField { name: field, label: field_label(field), base, mine, theirs, origin }
    };
    Field::ALL.map(merge).into()
}

impl MergedField {
    /// The merged value. A true conflict takes the one that the person chose.
    pub(super) fn result(&self, takes_mine: bool) -> &str {
        match self.origin {
            Origin::Theirs => &self.theirs,
            Origin::Conflict if !takes_mine => &self.theirs,
            Origin::Both | Origin::Mine | Origin::Conflict => &self.mine,
        }
    }

    /// Whether somebody changed it.
    pub(super) fn is_changed(&self) -> bool {
        self.origin != Origin::Both || self.base.as_ref().is_some_and(|base| *base != self.mine)
    }

    pub(super) fn is_conflict(&self) -> bool {
        self.origin == Origin::Conflict
    }

    /// Who changed it, in words.
    pub(super) fn origin_text(&self) -> &'static str {
        match self.origin {
            Origin::Both => "Changed by both to the same",
            Origin::Mine => "Changed by you",
            Origin::Theirs => "Changed by the other person",
            Origin::Conflict => "Changed by both: conflict",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(title: &str, price: &str, publisher: &str) -> BookInput {
        let input = BookInput::default().with(Field::Title, title).with(Field::Price, price);
        input.with(Field::Publisher, publisher)
    }

    #[test]
    fn change_of_one_person_is_kept_and_change_of_both_is_a_conflict() {
        let (base, mine, theirs) = (book("Emma", "9", "A"), book("Emma 2", "12", "A"), book("Emma", "11", "B"));
        let fields = merge(Some(&base), &mine, &theirs);
        let origin = |name| fields.iter().find(|field| field.name == name).unwrap();
        assert_eq!(origin(Field::Title).origin, Origin::Mine);
        assert_eq!(origin(Field::Publisher).origin, Origin::Theirs);
        assert_eq!(origin(Field::Price).origin, Origin::Conflict);
        assert_eq!(origin(Field::BookLanguage).origin, Origin::Both);
        let results = |takes_mine: bool| {
            [Field::Title, Field::Price, Field::Publisher].map(|f| origin(f).result(takes_mine).to_owned())
        };
        assert_eq!(results(true), ["Emma 2", "12.00", "B"]);
        assert_eq!(results(false), ["Emma 2", "11.00", "B"]);
    }

    #[test]
    fn difference_without_a_base_is_a_conflict() {
        let fields = merge(None, &book("Emma", "9", "A"), &book("Emma", "9.00", "B"));
        let conflicts: Vec<_> = fields.iter().filter(|field| field.is_conflict()).map(|field| field.name).collect();
        assert_eq!(conflicts, [Field::Publisher]);
    }
}
