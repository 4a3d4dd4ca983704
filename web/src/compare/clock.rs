//! Moments of the database's clock on a time line: as much of each as tells it from its neighbours.

use time::PrimitiveDateTime;

use crate::books::day;

/// How the moments of a time line of that length are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    /// `09:15:20`.
    Seconds,
    /// `09:15`.
    Minutes,
    /// `24 Nov 2026, 09:15`.
    DayAndMinutes,
    /// `24 Nov 2026`.
    Day,
}

impl Clock {
    /// For a time line between these.
    pub(super) fn of(from: PrimitiveDateTime, until: PrimitiveDateTime) -> Self {
        let same_day = from.date() == until.date();
        match (until - from).whole_minutes() {
            0..20 if same_day => Self::Seconds,
            20..1440 if same_day => Self::Minutes,
            minutes if minutes < 5 * 1440 => Self::DayAndMinutes,
            _ => Self::Day,
        }
    }

    pub(super) fn write(self, on: PrimitiveDateTime) -> String {
        let (hour, minute) = (on.hour(), on.minute());
        match self {
            Self::Seconds => format!("{hour:02}:{minute:02}:{:02}", on.second()),
            Self::Minutes => format!("{hour:02}:{minute:02}"),
            Self::DayAndMinutes => format!("{}, {hour:02}:{minute:02}", day(on)),
            Self::Day => day(on),
        }
    }
}
