//! What is known about the table for a short time: the counts by creator, because counting reads all of it and the list
//! shows the counts beside its rows, and the anchors of its pages.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::anchors::{Anchor, Anchors};
use crate::book::BookId;
use crate::comparison::ChangeMarker;
use crate::list::{CreatorCount, ListRequest};

/// How old the shown counts, and the place of an anchor, can be when another program changed the table.
const MAX_AGE: Duration = Duration::from_secs(1);

/// The counts that were read last, until they are too old or a change of the table is known.
#[derive(Debug, Default)]
pub(super) struct CreatorCounts(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    kept: Option<Kept>,
    /// Number of known changes.
    changes: u64,
    marker: Option<ChangeMarker>,
}

#[derive(Debug)]
struct Kept {
    counts: Arc<[CreatorCount]>,
    anchors: Anchors,
    read_on: Instant,
}

/// What is known before a page is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RecentCounts {
    pub(super) creators: Arc<[CreatorCount]>,
    /// The last anchor before the page.
    pub(super) anchor: Option<Anchor>,
}

/// When a read of the counts began.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadStart {
    changes: u64,
    time: Instant,
}

/// A write of this store under way. Counts that are read before it ends are not kept.
#[derive(Debug)]
pub(super) struct Change<'a>(&'a CreatorCounts);

impl CreatorCounts {
    /// The counts and the anchor, if they are recent.
    pub(super) fn recent(&self, request: &ListRequest) -> Option<RecentCounts> {
        let state = self.state();
        let kept = state.kept.as_ref().filter(|kept| kept.read_on.elapsed() < MAX_AGE)?;
        Some(RecentCounts { creators: Arc::clone(&kept.counts), anchor: kept.anchors.before(request) })
    }

    /// Call it before the statement that reads the counts is sent.
    pub(super) fn start_reading(&self) -> ReadStart {
        ReadStart { changes: self.state().changes, time: Instant::now() }
    }

    /// Keeps the counts, unless the table was changed since the read began.
    pub(super) fn keep(&self, start: ReadStart, counts: &Arc<[CreatorCount]>) {
        let mut state = self.state();
        if state.changes == start.changes {
            let counts = Arc::clone(counts);
            state.kept = Some(Kept { counts, anchors: Anchors::default(), read_on: start.time });
        }
    }

    /// Keeps the first row of a page that was read with these counts as an anchor as long as they are kept. Under newer
    /// counts it would outlive its time, or a write.
    pub(super) fn keep_anchor(
        &self,
        counts: &Arc<[CreatorCount]>,
        request: &ListRequest,
        skipped: i64,
        first: (BookId, i32),
    ) {
        let mut state = self.state();
        if let Some(kept) = state.kept.as_mut().filter(|kept| Arc::ptr_eq(&kept.counts, counts)) {
            kept.anchors.keep(request, skipped, first);
        }
    }

    /// Forgets the counts now and at the end of the write, when its result can be read.
    pub(super) fn change(&self) -> Change<'_> {
        self.forget();
        Change(self)
    }

    /// Forgets the counts if the marker differs from the last one: another program changed the table.
    pub(super) fn compare(&self, marker: ChangeMarker) {
        if self.state().marker.replace(marker) != Some(marker) {
            self.forget();
        }
    }

    fn forget(&self) {
        let mut state = self.state();
        state.kept = None;
        state.changes += 1;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.0.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::Sort;
    use crate::search::BookFilter;

    fn request(page: u32) -> ListRequest {
        ListRequest { filter: BookFilter::default(), sort: Sort::default(), page, page_size: 20 }
    }

    fn recent(counts: &CreatorCounts) -> Option<RecentCounts> {
        counts.recent(&request(1))
    }

    fn kept() -> CreatorCounts {
        let counts = CreatorCounts::default();
        renew(&counts);
        counts
    }

    fn renew(counts: &CreatorCounts) -> Arc<[CreatorCount]> {
        let new = Vec::new().into();
        counts.keep(counts.start_reading(), &new);
        new
    }

    /// Whether a page that was read with the old counts leaves an anchor.
    fn leaves_an_anchor(counts: &CreatorCounts, old: &Arc<[CreatorCount]>) -> bool {
        counts.keep_anchor(old, &request(100), 1_980, (BookId(7), 1));
        counts.state().kept.as_ref().is_some_and(|kept| kept.anchors.before(&request(100)).is_some())
    }

    #[test]
    fn anchor_belongs_to_the_counts_of_its_page() {
        let counts = CreatorCounts::default();
        let old = renew(&counts);
        assert!(leaves_an_anchor(&counts, &old));
        let new = renew(&counts);
        assert!(!leaves_an_anchor(&counts, &old));
        assert!(leaves_an_anchor(&counts, &new));
    }

    #[test]
    fn anchor_from_before_a_write_is_not_kept_after_it() {
        let counts = CreatorCounts::default();
        let old = renew(&counts);
        drop(counts.change());
        assert!(!leaves_an_anchor(&counts, &old));
        renew(&counts);
        assert!(!leaves_an_anchor(&counts, &old));
    }

    #[test]
    fn counts_are_kept_until_they_are_too_old() {
        let counts = kept();
        let kept = counts.state().kept.take().unwrap();
        let old = kept.read_on.checked_sub(MAX_AGE).unwrap();
        counts.state().kept = Some(Kept { read_on: old, ..kept });
        assert_eq!(recent(&counts), None);
    }

    #[test]
    fn counts_read_beside_a_write_are_not_kept() {
        let counts = CreatorCounts::default();
        let before = counts.start_reading();
        let change = counts.change();
        let during = counts.start_reading();
        drop(change);
        for start in [before, during] {
            counts.keep(start, &Arc::default());
            assert_eq!(recent(&counts), None);
        }
    }

    #[test]
    fn other_marker_ends_them_and_the_same_does_not() {
        let marker = |books| ChangeMarker { books, last_id: 8, versions: 8 };
        let counts = kept();
        counts.compare(marker(8));
        assert_eq!(recent(&counts), None);
        counts.keep(counts.start_reading(), &Arc::default());
        counts.compare(marker(8));
        assert!(recent(&counts).is_some());
        counts.compare(marker(9));
        assert_eq!(recent(&counts), None);
    }
}
