//! The doctor's last report. Only a request that asks for it runs the doctor, and concurrent requests share the run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bookstore_db::switch::Switch;
use bookstore_doctor::WriteCheck;
use bookstore_doctor::report::Report;
use tokio::time::Instant;

use crate::doctor_run;

/// How long a report takes the place of a new run: each run sends requests to the domain controllers.
const MAX_AGE: Duration = Duration::from_secs(5);

/// The same after a refused login. Longer than the pauses of the login back-off (60 s, `login_backoff.rs` of `db`),
/// during which a run would only repeat the last refusal, and request tickets with the refused key.
pub(crate) const MAX_AGE_REFUSED: Duration = Duration::from_secs(75);

/// The last report of the current store.
#[derive(Debug, Default)]
pub(crate) struct DoctorReports {
    /// Held during a run.
    run: tokio::sync::Mutex<()>,
    last: Mutex<Option<CachedReport>>,
}

#[derive(Debug)]
struct CachedReport {
    generation: u64,
    created: Instant,
    report: Arc<Report>,
}

impl CachedReport {
    /// Whether it takes the place of a new run.
    fn is_recent(&self) -> bool {
        self.created.elapsed() < if self.report.is_login_refused() { MAX_AGE_REFUSED } else { MAX_AGE }
    }
}

impl DoctorReports {
    /// Returns the last report of the current store. Runs nothing.
    pub(crate) fn last(&self, switch: &Switch) -> Option<Arc<Report>> {
        self.find(switch.current().generation(), |_| true)
    }

    /// Runs the doctor for up to 15 seconds, unless its last report is recent.
    pub(crate) async fn run(&self, switch: &Switch) -> Arc<Report> {
        let _running = self.run.lock().await;
        let store = switch.current();
        let generation = store.generation();
        if let Some(report) = self.find(generation, CachedReport::is_recent) {
            return report;
        }
        let (connection_string, policy) = store.opened_from();
        let report = Arc::new(doctor_run::run(connection_string, policy, WriteCheck::NoRow).await);
        *self.lock() = Some(CachedReport { generation, created: Instant::now(), report: Arc::clone(&report) });
        report
    }

    fn find(&self, generation: u64, is_wanted: impl FnOnce(&CachedReport) -> bool) -> Option<Arc<Report>> {
        let last = self.lock();
        let cached = last.as_ref().filter(|cached| cached.generation == generation && is_wanted(cached))?;
        Some(Arc::clone(&cached.report))
    }

    fn lock(&self) -> MutexGuard<'_, Option<CachedReport>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use bookstore_db::store::Store;
    use bookstore_doctor::report::{Check, Link, Status, Verdict};

    use super::*;

    /// A report whose check of this link failed.
    fn failed(link: Link) -> Report {
        let check = Check {
            link,
            status: Status::Failed,
            tried: String::new(),
            seen: String::new(),
            causes: Vec::new(),
            took: Duration::ZERO,
        };
        Report {
            verdict: Verdict::of(std::slice::from_ref(&check)),
            connection_string: String::new(),
            at: std::time::SystemTime::UNIX_EPOCH,
            trace_id: None,
            took: Duration::ZERO,
            checks: vec![check],
            not_visible: Vec::new(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn refused_login_is_not_tried_again_before_the_back_off_allows_it() {
        let is_recent = async |link, age| {
            let cached = CachedReport { generation: 1, created: Instant::now(), report: Arc::new(failed(link)) };
            tokio::time::advance(Duration::from_secs(age)).await;
            cached.is_recent()
        };
        for (link, age, expected) in [
            (Link::Tls, 4, true),
            (Link::Tls, 6, false),
            (Link::Login, 74, true),
            (Link::Login, 76, false),
            (Link::TicketGrantingTicket, 74, true),
        ] {
            assert_eq!(is_recent(link, age).await, expected, "{link:?} after {age} s");
        }
    }

    #[tokio::test]
    async fn report_is_made_on_request_only_and_belongs_to_its_store() {
        let folder = tempfile::tempdir().unwrap();
        let text = |user: &str| {
            format!("Server=(embedded);AttachDbFilename={};User ID={user}", folder.path().join("books.db").display())
        };
        let switch = Switch::new(Store::open(&text("sa").parse().unwrap()).unwrap());
        let reports = DoctorReports::default();
        assert!(reports.last(&switch).is_none());
        let report = reports.run(&switch).await;
        assert!(Arc::ptr_eq(&report, &reports.last(&switch).unwrap()));
        assert!(Arc::ptr_eq(&report, &reports.run(&switch).await));
        switch.switch_to(&text("other").parse().unwrap(), Default::default()).await.unwrap();
        assert!(reports.last(&switch).is_none());
    }
}
