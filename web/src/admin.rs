//! The handlers of the admin listener: health, readiness and metrics. `/diagnostics` is in `pages/diagnostics.rs`.

pub(crate) mod health;
pub(crate) mod metrics;
