//! The state that handlers share. It knows no page and no route: each field is of use to several of them.

use std::sync::Arc;

use bookstore_db::store::Store;
use bookstore_db::switch::Switch;
use tokio::sync::Semaphore;

use crate::http::page_cache::PageCache;
use crate::view::currency::Currency;

pub(crate) mod doctor_reports;
pub(crate) mod live_streams;
pub(crate) mod pinned_store;
pub(crate) mod readiness;
pub(crate) mod server_certificate;

use doctor_reports::DoctorReports;
use live_streams::LiveStreams;
use readiness::Readiness;
use server_certificate::ServerCertificate;

/// State shared by all handlers of both listeners, behind one `Arc`.
#[derive(Debug)]
pub(crate) struct AppState {
    /// The current store.
    pub(crate) switch: Switch,
    /// The pages being rendered.
    pub(crate) pages: PageCache,
    /// One permit per request that may run at once.
    pub(crate) request_slots: Arc<Semaphore>,
    /// One permit per export that may be sent at once. They are apart from the request slots: a client that reads
    /// slowly holds its permit for as long as it reads.
    pub(crate) export_slots: Arc<Semaphore>,
    /// One permit per write that may run at once. A database that keeps writes waiting, such as a locked one, must not
    /// take the request slots of readers.
    pub(crate) write_slots: Arc<Semaphore>,
    /// The open streams of changes.
    pub(crate) live_streams: LiveStreams,
    /// The doctor's last report.
    pub(crate) doctor_reports: DoctorReports,
    /// Whether this replica can serve requests.
    pub(crate) readiness: Readiness,
    /// When the certificate of the current store's server ends.
    pub(crate) server_certificate: ServerCertificate,
    /// How pages show prices.
    pub(crate) currency: Currency,
}

impl AppState {
    /// Creates the state for at most `max_requests` concurrent requests, plus half as many live streams and an eighth
    /// as many exports.
    pub(crate) fn new(switch: Switch, max_requests: usize) -> Self {
        let request_slots = Arc::new(Semaphore::new(max_requests));
        Self {
            switch,
            pages: PageCache::new(&request_slots),
            request_slots,
            export_slots: Arc::new(Semaphore::new((max_requests / 8).max(1))),
            write_slots: Arc::new(Semaphore::new((max_requests / 2).max(1))),
            live_streams: LiveStreams::new(max_requests / 2),
            doctor_reports: DoctorReports::default(),
            readiness: Readiness::default(),
            server_certificate: ServerCertificate::default(),
            currency: Currency::default(),
        }
    }

    /// The same with this currency.
    pub(crate) fn with_currency(self, currency: &str) -> Self {
        Self { currency: Currency::new(currency), ..self }
    }

    /// The store of the current request, which stays the same if the shop switches meanwhile. Outside of a request, the
    /// current store.
    pub(crate) fn store(&self) -> Arc<Store> {
        pinned_store::pinned_store().unwrap_or_else(|| self.switch.current())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bookstore_db::connection_string::ConnectionString;
    use bookstore_db::login_policy::LoginPolicy;

    #[tokio::test]
    async fn request_keeps_its_store_after_a_switch() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("books.db");
        let text = |user| -> ConnectionString {
            format!("Server=(embedded);AttachDbFilename={};User ID={user}", file.display()).parse().unwrap()
        };
        let state = AppState::new(Switch::new(Store::open(&text("sa")).unwrap()), 512);
        let request = async {
            let before = state.store();
            state.switch.switch_to(&text("other"), LoginPolicy::default()).await.unwrap();
            assert!(Arc::ptr_eq(&before, &state.store()) && !Arc::ptr_eq(&before, &state.switch.current()));
        };
        pinned_store::pin_store(state.switch.current(), request).await;
        assert_eq!(state.store().generation(), 2);
    }
}
