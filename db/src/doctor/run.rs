//! A run: checks one after the other, each within its own bound, all within one deadline.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::report::{Cause, Check, Link, Status};

/// What a check has to say.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: Status,
    pub(super) seen: String,
    pub(super) causes: Vec<Cause>,
}

impl Answer {
    pub(super) fn pass(seen: impl Into<String>) -> Self {
        Self { status: Status::Pass, seen: seen.into(), causes: Vec::new() }
    }

    pub(super) fn warn(seen: impl Into<String>, causes: Vec<Cause>) -> Self {
        Self { status: Status::Warn, seen: seen.into(), causes }
    }

    pub(super) fn fail(seen: impl Into<String>, causes: Vec<Cause>) -> Self {
        Self { status: Status::Fail, seen: seen.into(), causes }
    }

    pub(super) fn not_possible(why: impl Into<String>) -> Self {
        Self { status: Status::NotPossible, seen: why.into(), causes: Vec::new() }
    }
}

/// The checks so far, and the time that is left.
#[derive(Debug)]
pub(super) struct Run {
    began: Instant,
    whole: Duration,
    pub(super) checks: Vec<Check>,
}

impl Run {
    pub(super) fn new(whole: Duration) -> Self {
        Self { began: Instant::now(), whole, checks: Vec::new() }
    }

    pub(super) fn took(&self) -> Duration {
        self.began.elapsed()
    }

    /// So much time, or what is left of the whole.
    pub(super) fn at_most(&self, patience: Duration) -> Duration {
        patience.min(self.whole.saturating_sub(self.began.elapsed()))
    }

    /// Notes a check that was begun then.
    pub(super) fn note(&mut self, link: Link, tried: impl Into<String>, began: Instant, answer: Answer) {
        let Answer { status, seen, causes } = answer;
        self.checks.push(Check { link, status, tried: tried.into(), seen, causes, took: began.elapsed() });
    }

    /// Notes that a link was not looked at.
    pub(super) fn skip(&mut self, link: Link, why: impl Into<String>) {
        let answer = Answer { status: Status::Skipped, seen: why.into(), causes: Vec::new() };
        self.note(link, "", Instant::now(), answer);
    }

    /// Skips all of these because of the one that is broken.
    pub(super) fn skip_all(&mut self, links: &[Link], broken: Link) {
        for link in links {
            self.skip(*link, format!("waits for: {}", broken.name()));
        }
    }

    #[cfg(all(unix, feature = "kerberos"))]
    pub(super) fn failed(&self, link: Link) -> bool {
        self.checks.iter().any(|check| check.link == link && check.status == Status::Fail)
    }

    /// Marks an earlier check, which was only suspicious, as what is to blame for a later failure.
    #[cfg(all(unix, feature = "kerberos"))]
    pub(super) fn blame(&mut self, link: Link, causes: Vec<Cause>) {
        for check in self.checks.iter_mut().filter(|check| check.link == link) {
            check.status = Status::Fail;
            check.causes = causes.clone();
        }
    }
}

/// Does what blocks on a thread of its own, which is left behind if it takes longer: a Kerberos library that waits for its KDC cannot
/// be told to stop, and must hold up neither the run nor the end of the program.
pub(super) async fn off_thread<T: Send + 'static>(
    patience: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (done, answer) = oneshot::channel();
    let thread = std::thread::Builder::new().name("doctor".to_owned());
    thread.spawn(move || done.send(work())).ok()?;
    timeout(patience, answer).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_hangs_is_left_behind() {
        let (_never, wait) = std::sync::mpsc::channel::<()>();
        assert_eq!(off_thread(Duration::from_millis(1), move || wait.recv().is_ok()).await, None);
        assert_eq!(off_thread(Duration::from_secs(60), || 7).await, Some(7));
    }
}
