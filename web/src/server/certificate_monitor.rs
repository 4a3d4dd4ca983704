//! Reads when the database server's certificate ends, for the metrics: the driver does not report it.

use std::time::Duration;

use bookstore_db::connection_string::Target;
use bookstore_db::store::Store;
use bookstore_db::switch::Switch;
use bookstore_doctor::{CertificateUnread, server_certificate_expiry};
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::state::readiness::DatabaseState;
use crate::state::server_certificate::ServerCertificate;

/// How often the state is read. This connects to nothing.
const PERIOD: Duration = Duration::from_secs(1);
/// How often the certificate is read: the server logs a connection that does not log in, and a certificate lasts for
/// months.
const CERTIFICATE_PERIOD: Duration = Duration::from_secs(12 * 3600);
/// The same after an attempt that failed while the database was available.
const RETRY_PERIOD: Duration = Duration::from_secs(600);

/// Runs until it is dropped. Reads the certificate after the first login of each connection string, and twice a day.
pub(super) async fn run(switch: &Switch, certificate: &ServerCertificate) {
    let mut known = None;
    loop {
        let store = switch.current();
        let is_due = known.is_none_or(|(generation, next)| generation != store.generation() || next <= Instant::now());
        if is_due && DatabaseState::of(&store.login_state()) == DatabaseState::Available {
            let expiry = read(&store).await;
            certificate.set_expiry(expiry.unwrap_or_default());
            let period = if expiry.is_ok() { CERTIFICATE_PERIOD } else { RETRY_PERIOD };
            known = Some((store.generation(), Instant::now() + period));
        }
        drop(store);
        tokio::time::sleep(PERIOD).await;
    }
}

async fn read(store: &Store) -> Result<Option<OffsetDateTime>, CertificateUnread> {
    match &store.opened_from().0.target {
        Target::Embedded(_) => Ok(None),
        Target::SqlServer(settings) => server_certificate_expiry(settings).await,
    }
}
