//! Dates and times: counts of 100 ns since 0001-01-01, and T-SQL's text formats for them.

use time::format_description::BorrowedFormatItem;
use time::macros::{datetime, format_description};
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time};

/// 100 ns units in a day.
pub(crate) const DAY: i64 = 864_000_000_000;
/// Days from 0001-01-01 to 1900-01-01, the day from which `datetime` counts.
pub(crate) const DAYS_TO_1900: i64 = 693_595;

const EPOCH: PrimitiveDateTime = datetime!(0001-01-01 0:00);
/// 9999-12-31 23:59:59.9999999.
const LAST: i64 = 3_652_059 * DAY - 1;

const DATE_FORM: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const TIME_FORM: &[BorrowedFormatItem<'_>] =
    format_description!("[hour]:[minute][optional [:[second][optional [.[subsecond]]]]]");

/// The current time in UTC.
pub(crate) fn now() -> i64 {
    let now = OffsetDateTime::now_utc();
    ticks(PrimitiveDateTime::new(now.date(), now.time()))
}

fn ticks(at: PrimitiveDateTime) -> i64 {
    let since = at - EPOCH;
    since.whole_seconds() * 10_000_000 + i64::from(since.subsec_nanoseconds()) / 100
}

/// Rounds to 1/300 s, the precision of `datetime`.
pub(crate) fn to_datetime_grain(at: i64) -> i64 {
    let (day, rest) = (at.div_euclid(DAY), at.rem_euclid(DAY));
    day * DAY + from_three_hundredths(three_hundredths(rest))
}

/// Converts a time of day to 1/300 s, rounded.
pub(crate) fn three_hundredths(time_of_day: i64) -> i64 {
    (time_of_day * 3 + 50_000) / 100_000
}

/// Converts 1/300 s to 100 ns, rounded up so that it converts back to the same count.
pub(crate) fn from_three_hundredths(count: i64) -> i64 {
    (count * 100_000 + 2) / 3
}

/// Rounds to `digits` decimals of a second.
pub(crate) fn round(at: i64, digits: u8) -> i64 {
    let unit = 10_i64.pow(u32::from(7_u8.saturating_sub(digits)));
    (at + unit / 2).div_euclid(unit) * unit
}

/// Parses `2026-01-31`, `2026-01-31 12:34:56.789`, the same with `T`, or `12:34:56.789` (on 1900-01-01).
pub(crate) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (Date::parse(date, DATE_FORM).ok()?, Time::parse(time.trim(), TIME_FORM).ok()?),
        None if text.contains(':') => (Date::from_ordinal_date(1900, 1).ok()?, Time::parse(text, TIME_FORM).ok()?),
        None => (Date::parse(text, DATE_FORM).ok()?, Time::MIDNIGHT),
    };
    let at = ticks(PrimitiveDateTime::new(date, time));
    (0..=LAST).contains(&at).then_some(at)
}

fn date_of(at: i64) -> String {
    let day = Duration::days(at.div_euclid(DAY));
    EPOCH.checked_add(day).and_then(|day| day.date().format(DATE_FORM).ok()).unwrap_or_default()
}

/// Formats the date: `2026-01-31`.
pub(crate) fn format_date(at: i64) -> String {
    date_of(at)
}

/// Formats the time of day with `digits` decimals: `12:34:56.789`.
pub(crate) fn format_time(at: i64, digits: u8) -> String {
    let rest = at.rem_euclid(DAY);
    let (seconds, fraction) = (rest / 10_000_000, rest % 10_000_000);
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if digits == 0 {
        return clock;
    }
    let fraction = format!("{fraction:07}");
    format!("{clock}.{}", &fraction[..usize::from(digits.min(7))])
}

/// Formats date and time with `digits` decimals: `2026-01-31 12:34:56.789`.
pub(crate) fn format(at: i64, digits: u8) -> String {
    format!("{} {}", date_of(at), format_time(at, digits))
}

/// Formats a `datetime` as CONVERT does without a style: `Feb 28 2026 11:59PM`.
pub(crate) fn format_datetime(at: i64) -> String {
    const FORM: &[BorrowedFormatItem<'_>] = format_description!(
        "[month repr:short] [day padding:space] [year] [hour repr:12 padding:space]:[minute][period case:upper]"
    );
    let (day, minutes) = (at.div_euclid(DAY), at.rem_euclid(DAY) / 600_000_000);
    let moment = EPOCH.checked_add(Duration::days(day) + Duration::minutes(minutes));
    moment.and_then(|moment| moment.format(FORM).ok()).unwrap_or_default()
}
