//! What a connection is doing and since when, seen by its own task and by the one that closes connections.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// No byte of a request has arrived since the last response, or since the start.
    Idle,
    /// A request's head has arrived in part.
    ReadingHead,
    /// A request's head is complete, and its body is being read.
    ReadingBody,
    /// A request is being handled, and its response until that has been written.
    Handling,
}

const PHASE: u64 = 0b011;
const HAS_SERVED: u64 = 0b0100;
/// The response has been produced to its end, but perhaps not been written.
const HAS_ENDED: u64 = 0b1000;
const TIME_SHIFT: u32 = 4;

/// The phase of one connection, the time since when, and what has become of its requests. All are in one atomic number,
/// since every request writes it.
#[derive(Debug)]
pub(super) struct Activity {
    opened: Instant,
    state: AtomicU64,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self { opened: Instant::now(), state: AtomicU64::new(Phase::Idle as u64) }
    }

    pub(super) fn phase(&self) -> Phase {
        phase(self.state.load(Ordering::Relaxed))
    }

    /// How long the connection has been in its phase.
    pub(super) fn duration(&self) -> Duration {
        let since = Duration::from_millis(self.state.load(Ordering::Relaxed) >> TIME_SHIFT);
        self.opened.elapsed().saturating_sub(since)
    }

    /// Whether a request has been answered on the connection.
    pub(super) fn has_served(&self) -> bool {
        self.state.load(Ordering::Relaxed) & HAS_SERVED != 0
    }

    /// Bytes have arrived.
    pub(super) fn received(&self) {
        if self.phase() == Phase::Idle {
            self.enter(Phase::ReadingHead, 0);
        }
    }

    /// A request's head is complete.
    pub(super) fn request_started(&self, has_body: bool) {
        self.enter(if has_body { Phase::ReadingBody } else { Phase::Handling }, 0);
    }

    /// A request's body has been read, has failed, or is not wanted.
    pub(super) fn body_ended(&self) {
        if self.phase() == Phase::ReadingBody {
            self.enter(Phase::Handling, 0);
        }
    }

    /// The response has been produced to its end. Part of it may wait for the client to read.
    pub(super) fn response_ended(&self) {
        self.state.fetch_or(HAS_ENDED, Ordering::Relaxed);
    }

    /// All bytes that were produced have been written.
    pub(super) fn flushed(&self) {
        if self.state.load(Ordering::Relaxed) & HAS_ENDED != 0 {
            self.enter(Phase::Idle, HAS_SERVED);
        }
    }

    /// Only the connection's own task calls this, so reading and writing need not be one step.
    fn enter(&self, phase: Phase, flags: u64) {
        let served = self.state.load(Ordering::Relaxed) & HAS_SERVED;
        let now = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX >> TIME_SHIFT);
        self.state.store((now << TIME_SHIFT) | served | flags | phase as u64, Ordering::Relaxed);
    }
}

fn phase(state: u64) -> Phase {
    match state & PHASE {
        0 => Phase::Idle,
        1 => Phase::ReadingHead,
        2 => Phase::ReadingBody,
        _ => Phase::Handling,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_is_idle_before_its_first_byte_and_after_each_written_response() {
        let activity = Activity::new();
        assert_eq!((activity.phase(), activity.has_served()), (Phase::Idle, false));
        activity.received();
        assert_eq!((activity.phase(), activity.has_served()), (Phase::ReadingHead, false));
        activity.request_started(true);
        activity.received();
        assert_eq!((activity.phase(), activity.has_served()), (Phase::ReadingBody, false));
        activity.body_ended();
        activity.received();
        assert_eq!((activity.phase(), activity.has_served()), (Phase::Handling, false));
        activity.flushed();
        activity.response_ended();
        assert_eq!((activity.phase(), activity.has_served()), (Phase::Handling, false));
        activity.flushed();
        assert_eq!((activity.phase(), activity.has_served()), (Phase::Idle, true));
        activity.received();
        assert_eq!((activity.phase(), activity.has_served()), (Phase::ReadingHead, true));
    }
}
