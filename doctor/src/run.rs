//! One run of the doctor: the checks so far and the time that is left.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::report::{Audience, Cause, Check, Link, Status};

/// The least time of a check: with less it would blame a server that it did not wait for.
const MIN_CHECK: Duration = Duration::from_secs(1);

/// The result of one check.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    pub(crate) seen: String,
    pub(crate) causes: Vec<Cause>,
}

impl Outcome {
    pub(crate) fn passed(seen: impl Into<String>) -> Self {
        Self { status: Status::Passed, seen: seen.into(), causes: Vec::new() }
    }

    pub(crate) fn warning(seen: impl Into<String>, causes: Vec<Cause>) -> Self {
        Self { status: Status::Warning, seen: seen.into(), causes }
    }

    pub(crate) fn failed(seen: impl Into<String>, causes: Vec<Cause>) -> Self {
        Self { status: Status::Failed, seen: seen.into(), causes }
    }

    pub(crate) fn not_applicable(why: impl Into<String>) -> Self {
        Self { status: Status::NotApplicable, seen: why.into(), causes: Vec::new() }
    }

    pub(crate) fn skipped(why: impl Into<String>) -> Self {
        Self { status: Status::Skipped, seen: why.into(), causes: Vec::new() }
    }
}

/// The checks so far, and the time limit of them all.
#[derive(Debug)]
pub(crate) struct Run {
    started: Instant,
    limit: Duration,
    pub(crate) checks: Vec<Check>,
}

impl Run {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { started: Instant::now(), limit, checks: Vec::new() }
    }

    pub(crate) fn took(&self) -> Duration {
        self.started.elapsed()
    }

    /// Whether a check still has the time to distinguish an answer from none.
    pub(crate) fn has_time(&self) -> bool {
        self.at_most(MIN_CHECK) == MIN_CHECK
    }

    /// `duration`, or the rest of the time limit if that is shorter.
    pub(crate) fn at_most(&self, duration: Duration) -> Duration {
        duration.min(self.limit.saturating_sub(self.started.elapsed()))
    }

    /// Records the outcome of a check that started at `started`.
    pub(crate) fn record(&mut self, link: Link, tried: impl Into<String>, started: Instant, outcome: Outcome) {
        let Outcome { status, seen, causes } = outcome;
        self.checks.push(Check { link, status, tried: tried.into(), seen, causes, took: started.elapsed() });
    }

    /// Runs the checks of all links of `plan`. A panic is recorded as the doctor's own fault, at the link that was
    /// being checked; links that the checks did not reach are recorded as skipped.
    pub(crate) async fn complete(&mut self, plan: &[Link], checks: impl AsyncFnOnce(&mut Self)) {
        let result = AssertUnwindSafe(checks(self)).catch_unwind().await;
        if let Err(panic) = result {
            let link = plan.iter().find(|link| !self.has(**link)).copied().unwrap_or(Link::Process);
            self.record(link, "", Instant::now(), panicked(panic.as_ref()));
        }
        let failed = self.checks.iter().filter(|check| check.status == Status::Failed).map(|check| check.link).min();
        for link in plan {
            if !self.has(*link) {
                let why = match failed {
                    _ if !self.has_time() => format!("the run's time limit of {:?} was used up", self.limit),
                    Some(failed) => format!("depends on {}, which failed", failed.name()),
                    None => "an earlier check was not completed".to_owned(),
                };
                self.record(*link, "", Instant::now(), Outcome::skipped(why));
            }
        }
    }

    fn has(&self, link: Link) -> bool {
        self.checks.iter().any(|check| check.link == link)
    }

    #[cfg(all(unix, feature = "kerberos"))]
    pub(crate) fn has_failed(&self, link: Link) -> bool {
        self.checks.iter().any(|check| check.link == link && check.status == Status::Failed)
    }

    /// Turns an earlier check's warning into a failure, because a later failure confirms it.
    #[cfg(all(unix, feature = "kerberos"))]
    pub(crate) fn mark_failed(&mut self, link: Link, causes: &[Cause]) {
        for check in self.checks.iter_mut().filter(|check| check.link == link) {
            check.status = Status::Failed;
            check.causes = causes.to_vec();
        }
    }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Outcome {
    let message = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    let cause = Cause::other("this is a fault of the doctor; it does not show a fault of the database or the login")
        .fix(Audience::Application, "report it together with this output, and check this link by hand", "");
    Outcome::failed(format!("the doctor itself failed: {}", message.unwrap_or("panic")), vec![cause])
}

/// Runs blocking work on a thread of its own; none if it takes longer. The thread is left behind then: a Kerberos
/// library that waits for its KDC cannot be stopped, and must delay neither the run nor the end of the program. A panic
/// of the work continues here.
pub(crate) async fn run_blocking<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, result) = oneshot::channel();
    let thread = std::thread::Builder::new().name("doctor".to_owned());
    thread.spawn(move || sender.send(catch_unwind(AssertUnwindSafe(work)))).ok()?;
    match timeout(limit, result).await.ok()?.ok()? {
        Ok(value) => Some(value),
        Err(panic) => resume_unwind(panic),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);
    const PLAN: [Link; 3] = [Link::Process, Link::ServerName, Link::Login];

    #[tokio::test]
    async fn blocking_work_that_takes_too_long_is_left_behind() {
        let (_never, wait) = std::sync::mpsc::channel::<()>();
        assert_eq!(run_blocking(Duration::from_millis(1), move || wait.recv().is_ok()).await, None);
        assert_eq!(run_blocking(LIMIT, || 7).await, Some(7));
    }

    #[tokio::test]
    async fn panic_in_a_check_is_reported_as_the_doctors_own_fault() {
        let mut run = Run::new(LIMIT);
        run.complete(&PLAN, async |run: &mut Run| {
            run.record(Link::Process, "", Instant::now(), Outcome::passed("ok"));
            run_blocking::<()>(LIMIT, || panic!("an index out of bounds")).await;
        })
        .await;
        let [process, name, login] = &run.checks[..] else { panic!("{:?}", run.checks) };
        assert_eq!((process.status, name.status, login.status), (Status::Passed, Status::Failed, Status::Skipped));
        assert_eq!(name.seen, "the doctor itself failed: an index out of bounds");
        assert!(name.causes[0].what.contains("a fault of the doctor"), "{:?}", name.causes);
        assert_eq!(login.seen, "depends on server name, which failed");
    }

    #[tokio::test]
    async fn used_up_time_is_the_reason_of_skipped_links() {
        let mut run = Run::new(Duration::ZERO);
        assert!(!run.has_time() && Run::new(LIMIT).has_time());
        run.complete(&PLAN, async |_: &mut Run| {}).await;
        assert!(run.checks.iter().all(|check| check.seen.contains("time limit of 0ns was used up")), "{run:?}");
    }

    #[tokio::test]
    async fn links_that_were_not_reached_are_skipped() {
        let mut run = Run::new(LIMIT);
        run.complete(&PLAN, async |_: &mut Run| {}).await;
        assert!(run.checks.iter().map(|check| (check.link, check.status)).eq(PLAN.map(|link| (link, Status::Skipped))));
    }
}
