//! How far the time line goes back.

use std::time::Duration;

use bookstore_db::comparison::ComparisonRequest;

/// Enough for a smooth line on a wide screen.
const PARTS: u16 = 60;
/// Logins with a column of their own.
const COLUMNS: u16 = 6;
/// Newest books in each.
const NEWEST: u16 = 5;

/// What can be chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Range {
    #[default]
    All,
    Day,
    Hour,
    Minutes,
}

impl Range {
    pub(super) const ALL: [Self; 4] = [Self::All, Self::Day, Self::Hour, Self::Minutes];

    /// What the query of an address asks for; anything that is not understood asks for all.
    pub(super) fn parse(query: &str) -> Self {
        let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "last");
        let is_asked = |range: &Self| asked.as_ref().is_some_and(|(_, value)| value == range.name());
        Self::ALL.into_iter().find(is_asked).unwrap_or_default()
    }

    /// In an address.
    fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minutes => "10min",
        }
    }

    /// For people.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::All => "All time",
            Self::Day => "24 hours",
            Self::Hour => "1 hour",
            Self::Minutes => "10 minutes",
        }
    }

    /// Its place in [`Range::ALL`].
    pub(super) fn index(self) -> usize {
        self as usize
    }

    pub(super) fn href(self) -> String {
        match self {
            Self::All => "/compare".to_owned(),
            range => format!("/compare?last={}", range.name()),
        }
    }

    /// Where its updates come from.
    pub(super) fn events(self) -> String {
        format!("/compare/events?last={}", self.name())
    }

    pub(super) fn request(self) -> ComparisonRequest {
        let look_back = match self {
            Self::All => None,
            Self::Day => Some(Duration::from_secs(86_400)),
            Self::Hour => Some(Duration::from_secs(3_600)),
            Self::Minutes => Some(Duration::from_secs(600)),
        };
        ComparisonRequest { look_back, parts: PARTS, columns: COLUMNS, newest: NEWEST }
    }
}
