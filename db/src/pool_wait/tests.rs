use std::fmt::Debug;
use std::future::{pending, ready};
use std::sync::Arc;
use std::time::Duration;

use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::*;

/// The names of the spans that started, and what they recorded later.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Vec<String>>>);

impl Recorded {
    fn start() -> (Self, DefaultGuard) {
        let recorded = Self::default();
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(recorded.clone()));
        (recorded, guard)
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl<S: Subscriber> Layer<S> for Recorded {
    fn on_new_span(&self, span: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.0.lock().unwrap().push(span.metadata().name().to_owned());
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut self.clone());
    }
}

impl Visit for Recorded {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.lock().unwrap().push(format!("{field}={value:?}"));
    }
}

async fn observe(has_idle: bool, wait: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    PoolWaits::default().observe(&DatabaseSpans::of_embedded_store(), has_idle, wait).await
}

#[tokio::test]
async fn wait_in_vain_is_an_error_of_its_span() {
    let (recorded, _guard) = Recorded::start();
    assert!(observe(false, ready(Err(Error::Busy(Duration::ZERO)))).await.is_err());
    let error = ["pool wait", r#"otel.status_code="error""#, r#"error.type="all-connections-busy""#];
    assert_eq!(recorded.lines(), error);
}

#[tokio::test]
async fn only_a_connection_that_is_free_at_once_has_no_span() {
    let (recorded, _guard) = Recorded::start();
    observe(true, ready(Ok(()))).await.unwrap();
    assert!(recorded.lines().is_empty());
    // A stale one: the wait is for a new one.
    let login = async {
        tokio::task::yield_now().await;
        Ok(())
    };
    observe(true, login).await.unwrap();
    observe(false, ready(Ok(()))).await.unwrap();
    assert_eq!(recorded.lines(), ["pool wait", "pool wait"]);
}

#[tokio::test]
async fn cancelled_wait_is_counted_no_longer() {
    let (waits, database) = (PoolWaits::default(), DatabaseSpans::of_embedded_store());
    let mut wait = Box::pin(waits.observe(&database, true, pending::<Result<(), Error>>()));
    assert!(wait.as_mut().now_or_never().is_none());
    assert_eq!(waits.count(), 1);
    drop(wait);
    assert_eq!(waits.count(), 0);
}

#[test]
fn login_belongs_to_the_longest_wait_and_ends_with_it() {
    let (_, _guard) = Recorded::start();
    let (waits, database) = (PoolWaits::default(), DatabaseSpans::of_embedded_store());
    let (first, second) = (database.pool_wait(), database.pool_wait());
    let (one, two) = (waits.enter(&first), waits.enter(&second));
    waits.login(&database);
    assert_eq!(*waits.lock(), std::slice::from_ref(&second));
    drop((one, two));
    assert!(waits.lock().is_empty());
}
