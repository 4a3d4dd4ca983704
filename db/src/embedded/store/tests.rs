use std::fmt::Debug;

use tracing::field::{Field, Visit};
use tracing::span::{Id, Record};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::*;

/// What spans recorded after their start.
#[derive(Clone, Default)]
struct Recorded(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> Layer<S> for Recorded {
    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut self.clone());
    }
}

impl Visit for Recorded {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.lock().unwrap().push(format!("{field}={value:?}"));
    }
}

#[tokio::test]
async fn write_that_waited_in_vain_is_an_error_of_its_span() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&folder.path().join("books.db"), "sa").unwrap();
    let recorded = Recorded::default();
    let _subscriber = tracing::subscriber::set_default(tracing_subscriber::registry().with(recorded.clone()));
    let busy = async { Err::<(), _>(Error::Busy(MAX_WRITE_WAIT)) };
    assert!(store.waiting(busy).await.is_err());
    let recorded = recorded.0.lock().unwrap();
    assert_eq!(*recorded, [r#"otel.status_code="error""#, r#"error.type="all-connections-busy""#]);
}
