//! What a page says after a form was saved. The address carries it, so no cookie is needed; and only texts of this file can be
//! made to appear.

/// A form that was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Saved {
    Created,
    Edited,
    Deleted,
    /// The book to delete was already gone.
    Gone,
}

impl Saved {
    const ALL: [Self; 4] = [Self::Created, Self::Edited, Self::Deleted, Self::Gone];

    fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Edited => "edited",
            Self::Deleted => "deleted",
            Self::Gone => "gone",
        }
    }

    /// What the page says.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Created => "The book was added.",
            Self::Edited => "The changes were saved.",
            Self::Deleted => "The book was deleted.",
            Self::Gone => "That book is not there any more: it was already deleted.",
        }
    }

    /// The address with this notice.
    pub(super) fn at(self, path: &str) -> String {
        format!("{path}?saved={}", self.name())
    }

    /// The notice in an address's query.
    pub(super) fn parse(query: &str) -> Option<Self> {
        let (_, value) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "saved")?;
        Self::ALL.into_iter().find(|saved| saved.name() == value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_survives_the_address() {
        for saved in Saved::ALL {
            let address = saved.at("/books/1");
            assert_eq!(Saved::parse(address.split_once('?').unwrap().1), Some(saved));
        }
    }

    #[test]
    fn no_other_text_can_be_made_to_appear() {
        assert_eq!(Saved::parse("saved=Call+this+number"), None);
    }
}
