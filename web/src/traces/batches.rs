//! The finished spans that wait for the collector, in batches.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Limits of the batches.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchLimits {
    /// How long a batch waits for more spans.
    pub(super) delay: Duration,
    /// Most spans that wait. More are dropped.
    pub(super) max_waiting: usize,
    /// Most spans of a batch. A full one does not wait.
    pub(super) max_batch: usize,
}

/// Spans that are sent together.
#[derive(Debug)]
pub(super) struct Batch {
    /// The spans in protobuf, one after the other.
    pub(super) spans: Vec<u8>,
    pub(super) count: usize,
    due: Instant,
}

/// Batches in the order in which they are sent. All but the last one are full.
#[derive(Debug)]
pub(super) struct Batches {
    limits: BatchLimits,
    queue: VecDeque<Batch>,
    waiting: usize,
    /// Spans that found no place since the last batch was taken.
    dropped: usize,
    /// Bytes of the last batch, which the next one is likely to have.
    last_size: usize,
}

impl Batches {
    pub(super) fn new(limits: BatchLimits) -> Self {
        Self { limits, queue: VecDeque::new(), waiting: 0, dropped: 0, last_size: 0 }
    }

    /// Adds a span, or drops it. Returns whether the time until the next batch is due has changed.
    pub(super) fn push(&mut self, span: &[u8]) -> bool {
        if self.waiting >= self.limits.max_waiting {
            self.dropped += 1;
            return false;
        }
        self.waiting += 1;
        let max = self.limits.max_batch;
        let was_empty = self.queue.is_empty();
        if self.queue.back().is_none_or(|batch| batch.count >= max) {
            let (spans, due) = (Vec::with_capacity(self.last_size), Instant::now() + self.limits.delay);
            self.queue.push_back(Batch { spans, count: 0, due });
        }
        let Some(batch) = self.queue.back_mut() else { return false };
        batch.spans.extend_from_slice(span);
        batch.count += 1;
        let is_full = batch.count >= max;
        if is_full {
            batch.due = Instant::now();
        }
        was_empty || is_full
    }

    /// How long the next batch waits for more spans; none if there is no batch.
    pub(super) fn time_until_due(&self, now: Instant) -> Option<Duration> {
        self.queue.front().map(|batch| batch.due.saturating_duration_since(now))
    }

    /// The next batch, with the number of spans that were dropped since the one before.
    pub(super) fn pop(&mut self) -> Option<(Batch, usize)> {
        let batch = self.queue.pop_front()?;
        self.waiting -= batch.count;
        self.last_size = batch.spans.len();
        Some((batch, std::mem::take(&mut self.dropped)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// A delay that no test waits for.
    const DELAY: Duration = Duration::from_secs(600);

    fn batches(max_waiting: usize, max_batch: usize) -> Batches {
        Batches::new(BatchLimits { delay: DELAY, max_waiting, max_batch })
    }

    #[test]
    fn batch_waits_for_more_spans_until_it_is_full() {
        let mut batches = batches(9, 2);
        assert_eq!(batches.time_until_due(Instant::now()), None);
        assert!(batches.push(b"a"), "the first span starts the delay");
        let time = batches.time_until_due(Instant::now()).unwrap();
        assert!(time > Duration::ZERO && time <= DELAY);
        assert_eq!(batches.time_until_due(Instant::now() + DELAY), Some(Duration::ZERO));
        assert!(batches.push(b"b"), "the batch is full");
        assert_eq!(batches.time_until_due(Instant::now()), Some(Duration::ZERO));
        assert!(!batches.push(b"c"), "another batch goes first");
    }

    proptest! {
        #[test]
        fn spans_leave_in_order_within_the_limits(
            // Every fourth operation sends.
            operations in vec(0..4_u8, 0..99),
            max_waiting in 1..20_usize,
            max_batch in 1..8_usize,
        ) {
            let mut batches = batches(max_waiting, max_batch);
            // What must come out.
            let (mut waiting, mut dropped) = (Vec::<u8>::new(), 0);
            for (number, operation) in (0..).zip(operations) {
                if operation > 0 {
                    batches.push(&[number]);
                    if waiting.len() < max_waiting { waiting.push(number) } else { dropped += 1 }
                } else if let Some((batch, dropped_before)) = batches.pop() {
                    let spans: Vec<u8> = waiting.drain(..max_batch.min(waiting.len())).collect();
                    prop_assert_eq!((batch.count, batch.spans), (spans.len(), spans));
                    prop_assert_eq!(dropped_before, std::mem::take(&mut dropped));
                }
                prop_assert_eq!(batches.is_empty(), waiting.is_empty());
            }
        }
    }
}
