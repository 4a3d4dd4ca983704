//! Whether the shop can serve: what `/readyz` answers.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use bookstore_db::error::Error;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long the database may take to answer.
const PING_TIMEOUT: Duration = Duration::from_secs(2);
/// How long an answer is kept, so that probes never become load.
const KEPT: Duration = Duration::from_secs(1);

const STARTING: u8 = 0;
const SERVING: u8 = 1;
const STOPPING: u8 = 2;

/// Ready, or why not: a fixed text without any of the database's own words, which may hold names.
pub(crate) type Answer = Result<(), &'static str>;

/// An answer, when it was had, and from which generation of the store.
type Kept = (Instant, u64, Answer);

/// The shop's readiness, shared by the one who changes it and those who ask.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    phase: AtomicU8,
    last: Mutex<Option<Kept>>,
}

impl Readiness {
    /// From now on the database decides.
    pub(crate) fn serving(&self) {
        self.phase.store(SERVING, Ordering::Release);
    }

    /// From now on the answer is no.
    pub(crate) fn stopping(&self) {
        self.phase.store(STOPPING, Ordering::Release);
    }

    /// The answer of now, or a kept one of the same generation of the store. Probes that come together wait for one ping.
    pub(crate) async fn ask(&self, generation: u64, ping: impl Future<Output = Result<(), Error>>) -> Answer {
        match self.phase.load(Ordering::Acquire) {
            STARTING => return Err("starting"),
            STOPPING => return Err("stopping"),
            _ => {}
        }
        let mut last = self.last.lock().await;
        if let Some((when, of, answer)) = *last
            && of == generation
            && when.elapsed() < KEPT
        {
            return answer;
        }
        let answer = match timeout(PING_TIMEOUT, ping).await {
            Ok(result) => result.map_err(|error| reason(&error)),
            Err(_) => Err("the database did not answer in time"),
        };
        *last = Some((Instant::now(), generation, answer));
        answer
    }
}

fn reason(error: &Error) -> &'static str {
    match error {
        Error::LoginFailed { .. } => "the database refused the login",
        Error::Kerberos(_) => "there is no Kerberos ticket for the database",
        Error::KerberosRequired(_) => "the login is not by Kerberos, which is required",
        Error::LoginModeMissing | Error::BadSpn(_) => "the connection string asks for what this build cannot do",
        Error::Refused { .. } => "the database refused a statement",
        Error::SchemaMissing { .. } => "the database has no schema yet",
        Error::Busy { .. } => "no database connection is free",
        Error::TimedOut(_) => "the database did not answer in time",
        Error::Tls(_) => "the database's certificate was not accepted",
        Error::Unavailable(_) => "the database cannot be reached",
        Error::NotFound(_) | Error::Conflict(_) | Error::DuplicateRequest(_) | Error::Database(_) => {
            "the database reported an error"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    fn serving() -> Readiness {
        let readiness = Readiness::default();
        readiness.serving();
        readiness
    }

    async fn counted(pings: &AtomicU32) -> Result<(), Error> {
        pings.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(10)).await;
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn probes_that_come_together_or_soon_after_share_one_ping() {
        let (readiness, pings) = (serving(), AtomicU32::new(0));
        let ask = || readiness.ask(1, counted(&pings));
        let together = tokio::join!(ask(), ask(), ask());
        assert_eq!((together, pings.load(Ordering::Relaxed)), ((Ok(()), Ok(()), Ok(())), 1));
        tokio::time::advance(KEPT).await;
        assert_eq!((ask().await, pings.load(Ordering::Relaxed)), (Ok(()), 2));
    }

    #[tokio::test]
    async fn an_answer_of_the_store_before_a_switch_is_not_kept() {
        let readiness = serving();
        let away = async { Err(Error::Unavailable("gone".into())) };
        assert_eq!(readiness.ask(1, away).await, Err("the database cannot be reached"));
        assert_eq!(readiness.ask(2, async { Ok(()) }).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_database_that_never_answers_is_not_ready() {
        let answer = serving().ask(1, std::future::pending()).await;
        assert_eq!(answer, Err("the database did not answer in time"));
    }

    #[tokio::test]
    async fn before_the_start_and_at_the_end_the_database_is_not_asked() {
        let (readiness, pings) = (Readiness::default(), AtomicU32::new(0));
        assert_eq!(readiness.ask(1, counted(&pings)).await, Err("starting"));
        readiness.serving();
        readiness.stopping();
        assert_eq!(readiness.ask(1, counted(&pings)).await, Err("stopping"));
        assert_eq!(pings.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn the_reason_holds_nothing_that_the_database_said() {
        let failed = async { Err(Error::LoginFailed { number: 18456, state: 1, message: "for user 'sa'".into() }) };
        assert_eq!(serving().ask(1, failed).await, Err("the database refused the login"));
    }
}
