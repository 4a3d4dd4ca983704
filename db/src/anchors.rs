//! Anchors: rows whose place in the list is known. A page far from the start is read from the anchor before it, because
//! OFFSET reads all rows that it skips.
//!
//! An anchor is valid as long as no row before it is inserted, deleted or moved; each engine drops them in time.

use std::collections::{BTreeMap, HashMap};

use crate::book::BookId;
use crate::list::{ListRequest, Sort};

/// Rows that a page may skip without leaving an anchor behind. Skipping them costs less than a statement does.
const SPACING: i64 = 200;
/// Most anchors at a time: less than 3 MB if each is of another creator with a name of 255 letters, otherwise about 100 kB.
/// Each reader of the embedded store has its own.
const MAX_ANCHORS: usize = 2_000;

/// A row of the list, as of the moment when its place was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    /// Number of rows before it.
    pub(crate) offset: i64,
    pub(crate) id: BookId,
    pub(crate) version: i32,
}

/// The anchors of the lists without a search, by order and by creator, who is spelled as stored; an empty creator is all.
#[derive(Debug, Default)]
pub(crate) struct Anchors {
    lists: HashMap<(Sort, String), BTreeMap<i64, Anchor>>,
    count: usize,
}

impl Anchors {
    /// Whether an anchor could shorten the way to the page.
    pub(crate) fn may_help(request: &ListRequest) -> bool {
        request.offset() > SPACING && request.filter.words().next().is_none()
    }

    /// The last anchor at or before the first row of the page.
    pub(crate) fn before(&self, request: &ListRequest) -> Option<Anchor> {
        if self.count == 0 || !Self::may_help(request) {
            return None;
        }
        let anchors = self.lists.get(&list_of(request))?;
        anchors.range(..=request.offset()).next_back().map(|(_, anchor)| *anchor)
    }

    /// Keeps the first row of a page that was reached by skipping this number of rows, if they were many.
    pub(crate) fn keep(&mut self, request: &ListRequest, skipped: i64, (id, version): (BookId, i32)) {
        if skipped <= SPACING || !Self::may_help(request) {
            return;
        }
        if self.count == MAX_ANCHORS {
            *self = Self::default();
        }
        let anchor = Anchor { offset: request.offset(), id, version };
        let replaced = self.lists.entry(list_of(request)).or_default().insert(anchor.offset, anchor);
        self.count += usize::from(replaced.is_none());
    }
}

fn list_of(request: &ListRequest) -> (Sort, String) {
    (request.sort, request.filter.creator.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::BookFilter;

    fn request(page: u32) -> ListRequest {
        ListRequest { filter: BookFilter::default(), sort: Sort::default(), page, page_size: 20 }
    }

    fn keep(anchors: &mut Anchors, request: &ListRequest, skipped: i64) {
        anchors.keep(request, skipped, (BookId(7), 1));
    }

    #[test]
    fn page_starts_at_the_last_anchor_before_it() {
        let mut anchors = Anchors::default();
        for page in [100, 200] {
            keep(&mut anchors, &request(page), SPACING + 1);
        }
        let offset = |page| anchors.before(&request(page)).map(|anchor| anchor.offset);
        assert_eq!([99, 100, 199, 200, 900].map(offset), [None, Some(1_980), Some(1_980), Some(3_980), Some(3_980)]);
    }

    #[test]
    fn anchor_serves_only_its_order_and_creator() {
        let mut anchors = Anchors::default();
        keep(&mut anchors, &request(100), SPACING + 1);
        let of_creator = BookFilter { creator: "sa".into(), ..BookFilter::default() };
        let searched = BookFilter { search: "moby".into(), ..BookFilter::default() };
        let descending = Sort { descending: true, ..Sort::default() };
        for other in [
            ListRequest { filter: of_creator, ..request(100) },
            ListRequest { filter: searched, ..request(100) },
            ListRequest { sort: descending, ..request(100) },
        ] {
            assert_eq!(anchors.before(&other), None);
        }
        assert!(anchors.before(&request(100)).is_some());
    }

    #[test]
    fn rows_nearby_leave_no_anchor() {
        let mut anchors = Anchors::default();
        keep(&mut anchors, &request(100), SPACING);
        keep(&mut anchors, &request(2), SPACING + 1);
        assert_eq!(anchors.count, 0);
    }

    #[test]
    fn number_of_anchors_is_limited() {
        let mut anchors = Anchors::default();
        for page in (100..).take(MAX_ANCHORS + 1) {
            keep(&mut anchors, &request(page), SPACING + 1);
        }
        keep(&mut anchors, &request(2_100), SPACING + 1);
        assert_eq!(anchors.count, 1);
    }
}
