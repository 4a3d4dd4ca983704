//! When the certificate of the current store's server ends, as last seen.

use std::sync::atomic::{AtomicI64, Ordering};

use time::OffsetDateTime;

/// No known end.
const UNKNOWN: i64 = i64::MIN;

/// The end of the certificate in seconds since 1970.
#[derive(Debug)]
pub(crate) struct ServerCertificate(AtomicI64);

impl Default for ServerCertificate {
    fn default() -> Self {
        Self(AtomicI64::new(UNKNOWN))
    }
}

impl ServerCertificate {
    pub(crate) fn set_expiry(&self, expiry: Option<OffsetDateTime>) {
        self.0.store(expiry.map_or(UNKNOWN, OffsetDateTime::unix_timestamp), Ordering::Relaxed);
    }

    /// None if logins do not check the certificate, or it has not been read yet.
    pub(crate) fn expiry(&self) -> Option<OffsetDateTime> {
        // The unknown time is outside of the range of dates.
        OffsetDateTime::from_unix_timestamp(self.0.load(Ordering::Relaxed)).ok()
    }
}
