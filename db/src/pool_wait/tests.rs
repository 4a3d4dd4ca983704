use std::future::{pending, ready};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use opentelemetry::trace::{FutureExt as _, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};

use super::*;

/// The finished spans of all tests of this process, which has one tracer provider.
#[derive(Clone, Debug, Default)]
struct Recorded(Arc<Mutex<Vec<SpanData>>>);

impl Recorded {
    /// Installs the provider at its first call.
    fn start() -> Self {
        static RECORDED: LazyLock<Recorded> = LazyLock::new(|| {
            let recorded = Recorded::default();
            let provider = SdkTracerProvider::builder().with_simple_exporter(recorded.clone()).build();
            global::set_tracer_provider(provider);
            recorded
        });
        RECORDED.clone()
    }

    /// A context with a sampled trace of its own.
    fn trace() -> Context {
        Context::new().with_span(global::tracer("test").start("test"))
    }

    /// The finished spans of this trace, without those of other tests.
    fn spans(&self, trace: &Context) -> Vec<SpanData> {
        let id = trace.span().span_context().trace_id();
        let spans = self.0.lock().unwrap();
        spans.iter().filter(|span| span.span_context.trace_id() == id).cloned().collect()
    }

    fn names(&self, trace: &Context) -> Vec<String> {
        self.spans(trace).iter().map(|span| span.name.to_string()).collect()
    }
}

impl SpanExporter for Recorded {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(batch);
        Ok(())
    }
}

async fn observe(has_idle: bool, wait: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    PoolWaits::default().observe(&DatabaseSpans::of_embedded_store(), has_idle, wait).await
}

#[tokio::test]
async fn wait_in_vain_is_an_error_of_its_span() {
    let recorded = Recorded::start();
    let trace = Recorded::trace();
    let wait = observe(false, ready(Err(Error::Busy(Duration::ZERO))));
    assert!(wait.with_context(trace.clone()).await.is_err());
    let spans = recorded.spans(&trace);
    let [span] = &*spans else { panic!("{spans:?}") };
    let error = span.attributes.iter().find(|attribute| attribute.key.as_str() == "error.type").unwrap();
    assert_eq!((&*span.name, &*error.value.as_str()), ("pool wait", "all-connections-busy"));
    assert_eq!(span.status, Status::error(""));
}

#[tokio::test]
async fn only_a_connection_that_is_free_at_once_has_no_span() {
    let recorded = Recorded::start();
    let trace = Recorded::trace();
    observe(true, ready(Ok(()))).with_context(trace.clone()).await.unwrap();
    assert!(recorded.names(&trace).is_empty());
    // A stale one: the wait is for a new one.
    let login = async {
        tokio::task::yield_now().await;
        Ok(())
    };
    observe(true, login).with_context(trace.clone()).await.unwrap();
    observe(false, ready(Ok(()))).with_context(trace.clone()).await.unwrap();
    assert_eq!(recorded.names(&trace), ["pool wait", "pool wait"]);
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
    let recorded = Recorded::start();
    let trace = Recorded::trace();
    let _attached = trace.clone().attach();
    let (waits, database) = (PoolWaits::default(), DatabaseSpans::of_embedded_store());
    let (first, second) = (database.pool_wait(), database.pool_wait());
    let (one, two) = (waits.enter(&first), waits.enter(&second));
    waits.login(&database);
    let [login] = &*recorded.spans(&trace) else { panic!("one login") };
    assert_eq!((&*login.name, Some(login.parent_span_id)), ("login", first.id()));
    assert_eq!(waits.lock().iter().map(DatabaseSpan::id).collect::<Vec<_>>(), [second.id()]);
    drop((one, two));
    assert!(waits.lock().is_empty());
}
