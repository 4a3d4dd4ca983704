//! Moments of this machine's clock as pages show them.

use std::time::Duration;

use time::{OffsetDateTime, PrimitiveDateTime};

use crate::books::day;

/// `5 Mar 2026, 07:08 UTC`.
pub(super) fn moment(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    format!("{}, {:02}:{:02} UTC", day(PrimitiveDateTime::new(at.date(), at.time())), at.hour(), at.minute())
}

/// `in 9h 59m`, `3m ago`, from `now`.
pub(super) fn distance(at: OffsetDateTime, now: OffsetDateTime) -> String {
    let away = (at - now).unsigned_abs();
    let minutes = Duration::from_secs(away.as_secs() / 60 * 60);
    let text = match away.as_secs() {
        0..60 => format!("{}s", away.as_secs()),
        60..86_400 => humantime::format_duration(minutes).to_string(),
        seconds => format!("{} days", seconds / 86_400),
    };
    if at > now { format!("in {text}") } else { format!("{text} ago") }
}
