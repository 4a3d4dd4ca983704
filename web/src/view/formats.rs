//! Formats of dates, times, numbers and percentages, for people and for machines.

use std::time::Duration;

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};

type Format = &'static [BorrowedFormatItem<'static>];

const DAY: Format = format_description!("[day padding:none] [month repr:short] [year]");
const DAY_TIME: Format = format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]");
const TIME: Format = format_description!("[hour]:[minute]");
const TIME_SECONDS: Format = format_description!("[hour]:[minute]:[second]");
const UTC: Format = format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC");
const RFC_3339_MILLIS: Format = format_description!(
    "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3][offset_hour sign:mandatory]:[offset_minute]"
);
const ZONE: Format = format_description!("UTC[offset_hour sign:mandatory]:[offset_minute]");

// Formatting fails only for a part that the value does not have, and each format above fits its type.

/// What stands in place of the time of a row that has none: a row of the replaced demo.
const NO_TIME: &str = "no time recorded";

/// A day of the database's clock: `5 Mar 2026`.
pub(crate) fn day(at: Option<OffsetDateTime>) -> String {
    at.map_or_else(|| NO_TIME.to_owned(), |at| at.format(DAY).unwrap_or_default())
}

/// A time of the database's clock: `5 Mar 2026, 07:08 UTC+01:00`.
pub(crate) fn day_time(at: Option<OffsetDateTime>) -> String {
    at.map_or_else(|| NO_TIME.to_owned(), |at| format!("{} {}", at.format(DAY_TIME).unwrap_or_default(), zone(at)))
}

/// The time zone of a time: `UTC+01:00`, or `UTC`.
pub(crate) fn zone(at: OffsetDateTime) -> String {
    if at.offset().is_utc() { "UTC".to_owned() } else { at.format(ZONE).unwrap_or_default() }
}

/// A time of the database's clock in RFC 3339, to the millisecond: `2026-03-05T07:08:09.123+01:00`.
pub(crate) fn rfc3339_millis(at: OffsetDateTime) -> String {
    at.format(RFC_3339_MILLIS).unwrap_or_default()
}

/// A time of this machine's clock: `5 Mar 2026, 07:08 UTC`.
pub(crate) fn utc(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(UTC).unwrap_or_default()
}

/// A time of this machine's clock in RFC 3339, to the second: `2026-03-05T07:08:09Z`.
pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
}

/// The time from `now`: `in 9h 59m`, `3m ago`.
pub(crate) fn relative(at: OffsetDateTime, now: OffsetDateTime) -> String {
    let distance = (at - now).unsigned_abs();
    let minutes = Duration::from_secs(distance.as_secs() / 60 * 60);
    let text = match distance.as_secs() {
        0..60 => format!("{}s", distance.as_secs()),
        60..86_400 => humantime::format_duration(minutes).to_string(),
        seconds => format!("{} days", seconds / 86_400),
    };
    if at > now { format!("in {text}") } else { format!("{text} ago") }
}

/// How much of a time a time line shows: as much as distinguishes its marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeScale {
    /// `09:15:20`.
    Seconds,
    /// `09:15`.
    Minutes,
    /// `24 Nov 2026, 09:15`.
    DaysAndMinutes,
    /// `24 Nov 2026`.
    Days,
}

impl TimeScale {
    /// The scale of a time line between these times.
    pub(crate) fn between(from: OffsetDateTime, until: OffsetDateTime) -> Self {
        let is_same_day = from.date() == until.date();
        match (until - from).whole_minutes() {
            0..20 if is_same_day => Self::Seconds,
            20..1440 if is_same_day => Self::Minutes,
            minutes if minutes < 5 * 1440 => Self::DaysAndMinutes,
            _ => Self::Days,
        }
    }

    pub(crate) fn format(self, at: OffsetDateTime) -> String {
        let format = match self {
            Self::Seconds => TIME_SECONDS,
            Self::Minutes => TIME,
            Self::DaysAndMinutes => DAY_TIME,
            Self::Days => DAY,
        };
        at.format(format).unwrap_or_default()
    }
}

/// Returns the text with its first letter in upper case.
pub(crate) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A count with a comma between thousands: `12,345`.
pub(crate) fn grouped(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut text = String::from(if count < 0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of books: `No books`, `1 book`, `1,234 books`.
pub(crate) fn books_text(count: i64) -> String {
    match count {
        0 => "No books".to_owned(),
        1 => "1 book".to_owned(),
        count => format!("{} books", grouped(count)),
    }
}

/// Shares in whole percent that add up to 100: the largest remainders are rounded up. None is 0 % or 100 % unless it is
/// nothing or all.
pub(crate) fn percentages(parts: &[i64]) -> Vec<String> {
    let all = i128::from(parts.iter().sum::<i64>().max(1));
    let hundredfold = |part: &i64| i128::from(*part) * 100;
    let mut whole: Vec<i128> = parts.iter().map(|part| hundredfold(part) / all).collect();
    let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
    by_remainder.sort_by_key(|index| std::cmp::Reverse(hundredfold(&parts[*index]) % all));
    let missing = usize::try_from(100 - whole.iter().sum::<i128>()).unwrap_or(0);
    by_remainder.into_iter().take(missing).for_each(|index| whole[index] += 1);
    let percent = |(part, whole): (&i64, &i128)| match whole {
        0 if *part > 0 => "< 1 %".to_owned(),
        100 if i128::from(*part) < all => "> 99 %".to_owned(),
        whole => format!("{whole} %"),
    };
    parts.iter().zip(&whole).map(percent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const AT: OffsetDateTime = datetime!(2026-03-05 07:08:09.473333333 +1);

    #[test]
    fn dates_have_no_ambiguous_month() {
        assert_eq!(
            (day(Some(AT)).as_str(), day_time(Some(AT)).as_str()),
            ("5 Mar 2026", "5 Mar 2026, 07:08 UTC+01:00")
        );
        assert_eq!(day_time(Some(AT.to_offset(UtcOffset::UTC))), "5 Mar 2026, 06:08 UTC");
        assert_eq!([day(None), day_time(None)], ["no time recorded"; 2]);
        assert_eq!(utc(datetime!(2026-03-05 08:08:09 +1)), "5 Mar 2026, 07:08 UTC");
    }

    #[test]
    fn machine_formats_are_rfc_3339() {
        assert_eq!(rfc3339_millis(AT), "2026-03-05T07:08:09.473+01:00");
        assert_eq!(rfc3339_millis(datetime!(2026-03-05 07:08:09 -3:30)), "2026-03-05T07:08:09.000-03:30");
        assert_eq!(rfc3339(datetime!(2026-03-05 07:08:09.5 UTC)), "2026-03-05T07:08:09Z");
    }

    #[test]
    fn relative_time_has_a_direction() {
        let now = datetime!(2026-03-05 07:08:09 UTC);
        let relative = |seconds| relative(now + time::Duration::seconds(seconds), now);
        assert_eq!([5, -200, 36_000, -172_800].map(relative), ["in 5s", "3m ago", "in 10h", "2 days ago"]);
    }

    #[test]
    fn time_scale_follows_the_length_of_the_time_line() {
        let noon = datetime!(2026-03-05 12:00 UTC);
        let at_noon = |minutes: i64| TimeScale::between(noon, noon + time::Duration::minutes(minutes)).format(noon);
        assert_eq!([5, 90, 3 * 1440, 30 * 1440].map(at_noon), ["12:00:00", "12:00", "5 Mar 2026, 12:00", "5 Mar 2026"]);
    }

    #[test]
    fn counts_are_grouped_by_thousands() {
        let counts = [0, 999, 1000, 100_000, 2_147_483_647, -1000];
        assert_eq!(counts.map(grouped), ["0", "999", "1,000", "100,000", "2,147,483,647", "-1,000"]);
    }

    #[test]
    fn one_book_is_singular() {
        assert_eq!([0, 1, 2000].map(books_text), ["No books", "1 book", "2,000 books"]);
    }

    #[test]
    fn percentages_add_up_to_100() {
        for (parts, expected) in [
            (&[23, 17][..], &["58 %", "42 %"][..]),
            (&[1, 1, 1], &["34 %", "33 %", "33 %"]),
            (&[99_999, 1], &["> 99 %", "< 1 %"]),
            (&[7], &["100 %"]),
            (&[], &[]),
        ] {
            assert_eq!(percentages(parts), expected);
        }
    }
}
