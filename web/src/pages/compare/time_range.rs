//! The time range of the comparison: how far its time line goes back.

use std::time::Duration;

use bookstore_db::comparison::ComparisonRequest;

/// Parts of the time line: steps as fine as a wide screen shows.
const BUCKETS: u16 = 120;
/// Logins that are shown separately.
const CREATORS: u16 = 20;
/// Newest books per login.
const NEWEST: u16 = 5;

/// The parameter of the page for a projector.
const STAGE: &str = "stage";

/// Whether an address asks for the page for a projector.
pub(super) fn is_stage(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == STAGE)
}

/// A time range that a visitor can choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TimeRange {
    #[default]
    All,
    Day,
    Hour,
    TenMinutes,
}

impl TimeRange {
    pub(super) const ALL: [Self; 4] = [Self::All, Self::Day, Self::Hour, Self::TenMinutes];

    /// Parses the query of an address. Anything unknown is [`TimeRange::All`].
    pub(super) fn parse(query: &str) -> Self {
        let last = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "last");
        last.map(|(_, name)| Self::by_name(&name)).unwrap_or_default()
    }

    fn by_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|range| range.name() == name).unwrap_or_default()
    }

    /// Its name in an address.
    fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::TenMinutes => "10min",
        }
    }

    /// Its name for people.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::All => "All time",
            Self::Day => "24 hours",
            Self::Hour => "1 hour",
            Self::TenMinutes => "10 minutes",
        }
    }

    /// The normalized address of its page, on stage or not.
    pub(super) fn href(self, is_stage: bool) -> String {
        let last = match self {
            Self::All => String::new(),
            range => format!("last={}", range.name()),
        };
        match (last.as_str(), is_stage) {
            ("", false) => "/compare".to_owned(),
            ("", true) => format!("/compare?{STAGE}"),
            (_, false) => format!("/compare?{last}"),
            (_, true) => format!("/compare?{last}&{STAGE}"),
        }
    }

    pub(super) fn request(self) -> ComparisonRequest {
        let look_back = match self {
            Self::All => None,
            Self::Day => Some(Duration::from_secs(86_400)),
            Self::Hour => Some(Duration::from_secs(3_600)),
            Self::TenMinutes => Some(Duration::from_secs(600)),
        };
        ComparisonRequest { look_back, buckets: BUCKETS, creators: CREATORS, newest: NEWEST }
    }
}
