//! What this executable was built from. Nothing here differs between two builds of the same source.

use std::env::consts::{ARCH, OS};
use std::time::{Duration, SystemTime};

use bookstore_doctor::report::format_utc;

/// The version of the program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit, if the build sets `BOOKSTORE_COMMIT`, as those of the images and the release do.
pub(crate) const COMMIT: &str = match option_env!("BOOKSTORE_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

/// The time of the build in UTC, if the build sets `SOURCE_DATE_EPOCH`: the commit's time, not that of the clock.
/// <https://reproducible-builds.org/specs/source-date-epoch/>
pub(crate) fn build_time() -> String {
    time_of(option_env!("SOURCE_DATE_EPOCH"))
}

fn time_of(epoch: Option<&str>) -> String {
    let seconds = epoch.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    let time = seconds.and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(seconds));
    time.map_or_else(|| "unknown".to_owned(), format_utc)
}

/// The system that it runs on, like `x86_64-linux-gnu`.
pub(crate) fn target() -> String {
    let variant = if cfg!(target_env = "gnu") {
        "-gnu"
    } else if cfg!(target_env = "musl") {
        "-musl"
    } else if cfg!(target_env = "msvc") {
        "-msvc"
    } else {
        ""
    };
    format!("{ARCH}-{OS}{variant}")
}

/// The cargo features, separated by commas.
pub(crate) fn features() -> String {
    let features = [("kerberos", cfg!(feature = "kerberos")), ("otel", cfg!(feature = "otel"))];
    let enabled: Vec<_> = features.iter().filter(|(_, is_on)| *is_on).map(|(name, _)| *name).collect();
    enabled.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_time_is_that_of_the_source() {
        assert_eq!(time_of(Some("1700000000")), "2023-11-14T22:13:20Z");
        for unknown in [None, Some(""), Some("yesterday")] {
            assert_eq!(time_of(unknown), "unknown");
        }
    }
}
