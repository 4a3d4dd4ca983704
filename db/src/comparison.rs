//! The comparison of creators: how many rows each login inserted, when, and its newest ones.

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;

use crate::book::Book;
use crate::list::CreatorCount;

/// What to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ComparisonRequest {
    /// How far the time line goes back from now, in whole seconds; `None` for the time from the first row to the last.
    pub look_back: Option<Duration>,
    /// Number of buckets of equal length on the time line, at least 1.
    pub buckets: u16,
    /// Number of creators that are listed one by one, those with the most rows first.
    pub creators: u16,
    /// Number of newest rows to read per listed creator.
    pub newest: u16,
}

impl ComparisonRequest {
    /// Seconds, 0 for all rows.
    pub(crate) fn look_back_seconds(&self) -> i32 {
        self.look_back.map_or(0, |time| i32::try_from(time.as_secs()).unwrap_or(i32::MAX).max(1))
    }
}

/// The rows of every creator, side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Start and end of the time line, by the database's clock; `None` if no row has a time.
    pub between: Option<(OffsetDateTime, OffsetDateTime)>,
    /// The creators with the most rows, most first, then by name.
    pub creators: Vec<CreatorHistory>,
    /// All other creators together.
    pub others: Option<OtherCreators>,
}

/// The rows of one creator over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatorHistory {
    /// The creator, the number of its rows, and when the first and the last were inserted.
    pub count: CreatorCount,
    /// Number of rows older than the time line, or without a time.
    pub before: i64,
    /// Number of rows per bucket of the time line.
    pub added: Vec<i64>,
    /// The newest rows, newest first.
    pub newest: Vec<Book>,
}

/// The creators that are not listed one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherCreators {
    /// How many there are.
    pub creators: i64,
    /// Their rows together; without a name and without newest rows.
    pub history: CreatorHistory,
}

/// A value that changes whenever a book is added, edited or deleted, by any client.
///
/// Equal markers mean that nothing changed, unless changes cancelled each other in count, last key and sum of versions
/// at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeMarker {
    pub(crate) books: i64,
    pub(crate) last_id: i64,
    pub(crate) versions: i64,
}

impl fmt::Display for ChangeMarker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.books, self.last_id, self.versions)
    }
}

/// One row of the counting statement: the rows of one rank in one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BucketCount {
    /// Position of the creator by number of rows, from 1; 0 for all creators that are not listed.
    pub(crate) rank: i64,
    /// From 0; -1 for rows older than the time line or without a time.
    pub(crate) bucket: i64,
    pub(crate) count: CreatorCount,
}

impl Comparison {
    /// Builds the comparison from the counts and the newest rows. `creators` is the number of all creators.
    pub(crate) fn assemble(
        request: &ComparisonRequest,
        between: Option<(OffsetDateTime, OffsetDateTime)>,
        creators: i64,
        counts: &[BucketCount],
        newest: Vec<Book>,
    ) -> Self {
        let last_rank = counts.iter().map(|row| row.rank).max().unwrap_or(0);
        let mut listed: Vec<_> = (1..=last_rank).filter_map(|rank| CreatorHistory::of(request, counts, rank)).collect();
        for book in newest {
            // A case-insensitive collation may return one login in several spellings.
            let login = book.created_by.to_lowercase();
            let history = listed.iter_mut().find(|history| history.count.created_by.to_lowercase() == login);
            if let Some(history) = history {
                history.newest.push(book);
            }
        }
        let unlisted = creators - i64::try_from(listed.len()).unwrap_or(0);
        let others = CreatorHistory::of(request, counts, 0).map(|mut history| {
            history.count.created_by.clear();
            // The number was read before the counts: a login that inserted its first row in between is not in it.
            OtherCreators { creators: unlisted.max(1), history }
        });
        Self { between, creators: listed, others }
    }
}

impl CreatorHistory {
    /// Number of rows at each bucket boundary: one more value than there are buckets.
    pub fn running_totals(&self) -> Vec<i64> {
        let mut sum = self.before;
        let sums = self.added.iter().map(|added| {
            sum += added;
            sum
        });
        std::iter::once(self.before).chain(sums).collect()
    }

    fn of(request: &ComparisonRequest, counts: &[BucketCount], rank: i64) -> Option<Self> {
        let of_rank = || counts.iter().filter(|row| row.rank == rank);
        let mut count = of_rank().next()?.count.clone();
        count.books = 0;
        let (mut before, mut added) = (0, vec![0; usize::from(request.buckets.max(1))]);
        let last = added.len() - 1;
        for row in of_rank() {
            count.books += row.count.books;
            count.first_on = [count.first_on, row.count.first_on].into_iter().flatten().min();
            count.last_on = count.last_on.max(row.count.last_on);
            match usize::try_from(row.bucket) {
                // Rows inserted after the end of the time line was measured belong to its last bucket.
                Ok(bucket) => added[bucket.min(last)] += row.count.books,
                Err(_) => before += row.count.books,
            }
        }
        Some(Self { count, before, added, newest: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOON: OffsetDateTime = datetime!(2026-03-05 12:00 +1);

    fn count(rank: i64, bucket: i64, created_by: &str, books: i64) -> BucketCount {
        let on = NOON + Duration::from_secs(60) * bucket.unsigned_abs() as u32;
        BucketCount {
            rank,
            bucket,
            count: CreatorCount { created_by: created_by.into(), books, first_on: Some(on), last_on: Some(on) },
        }
    }

    #[test]
    fn bucket_counts_add_up_to_histories() {
        let request = ComparisonRequest { look_back: None, buckets: 3, creators: 1, newest: 1 };
        let rows = [count(1, -1, "sa", 4), count(1, 0, "sa", 1), count(1, 7, "sa", 2), count(0, 1, "x", 5)];
        let Comparison { creators, others, .. } = Comparison::assemble(&request, None, 4, &rows, Vec::new());
        let [sa] = &creators[..] else { panic!("{creators:?}") };
        assert_eq!((sa.count.books, sa.before, &sa.added[..]), (7, 4, &[1, 0, 2][..]));
        assert_eq!(sa.running_totals(), [4, 5, 5, 7]);
        assert_eq!((sa.count.first_on, sa.count.last_on), (Some(NOON), Some(NOON + Duration::from_secs(7 * 60))));
        let others = others.unwrap();
        assert_eq!((others.creators, others.history.count.books), (3, 5));
        assert_eq!(others.history.count.created_by, "");
    }
}
