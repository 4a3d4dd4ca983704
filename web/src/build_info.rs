//! What this executable was built from. Nothing here differs between two builds of the same source.

use std::env::consts::{ARCH, OS};

/// The version of the program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit, if the build sets `BOOKSTORE_COMMIT`, as those of the images and the release do.
pub(crate) const COMMIT: &str = match option_env!("BOOKSTORE_COMMIT") {
    Some(commit) => commit,
    None => "unknown",
};

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
