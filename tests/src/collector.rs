//! A collector of traces: it receives OTLP over HTTP, as an operator's would.

use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;

use crate::wait::{PATIENCE, eventually};

/// A collector on loopback, which ends with the test.
#[derive(Clone, Debug)]
pub struct Collector {
    /// `http://127.0.0.1:port`.
    pub url: String,
    received: Arc<Mutex<Received>>,
}

/// What a collector has received so far.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// The bodies of all requests that were taken, decompressed.
    pub bytes: Vec<u8>,
    /// Their headers, and those of requests that were refused.
    pub headers: Vec<HeaderMap>,
    batches: Vec<ExportTraceServiceRequest>,
}

impl Collector {
    /// # Panics
    /// If there is no port.
    pub async fn start() -> Self {
        Self::answering(ExportTraceServiceResponse::default()).await
    }

    /// One that gives every batch this answer.
    ///
    /// # Panics
    /// If there is no port.
    pub async fn answering(answer: ExportTraceServiceResponse) -> Self {
        Self::serve(answer, Vec::new()).await
    }

    /// One that answers the first batches with these statuses and takes none of them.
    ///
    /// # Panics
    /// If there is no port.
    pub async fn refusing(statuses: &[StatusCode]) -> Self {
        Self::serve(ExportTraceServiceResponse::default(), statuses.to_vec()).await
    }

    async fn serve(answer: ExportTraceServiceResponse, refusals: Vec<StatusCode>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let received = Arc::<Mutex<Received>>::default();
        let state = Arc::new(Answers { received: Arc::clone(&received), refusals, answer: answer.encode_to_vec() });
        let routes = Router::new().route("/v1/traces", post(receive)).with_state(state);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, received }
    }

    /// The settings of a shop that sends its traces here at once.
    pub fn settings(&self) -> [(&str, &str); 2] {
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &self.url), ("OTEL_BSP_SCHEDULE_DELAY", "10")]
    }

    /// What it has received so far.
    pub fn received(&self) -> Received {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it has received a span that passes `is_wanted`.
    ///
    /// # Panics
    /// With all spans, if it does not.
    pub async fn wait_for(&self, what: &str, is_wanted: impl Fn(&Span) -> bool) -> Span {
        let probe = async || {
            let received = self.received();
            received.spans().find(|span| is_wanted(span)).cloned().ok_or_else(|| received.to_string())
        };
        eventually(&format!("the collector has {what}"), PATIENCE, probe).await
    }
}

struct Answers {
    received: Arc<Mutex<Received>>,
    refusals: Vec<StatusCode>,
    answer: Vec<u8>,
}

async fn receive(State(state): State<Arc<Answers>>, headers: HeaderMap, body: Bytes) -> (StatusCode, Vec<u8>) {
    let mut received = state.received.lock().unwrap_or_else(PoisonError::into_inner);
    let refusal = state.refusals.get(received.headers.len());
    let is_compressed = headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip");
    received.headers.push(headers);
    if let Some(status) = refusal {
        return (*status, Vec::new());
    }
    let mut bytes = body.to_vec();
    if is_compressed {
        bytes.clear();
        GzDecoder::new(&*body).read_to_end(&mut bytes).expect("a batch in gzip");
    }
    received.batches.push(ExportTraceServiceRequest::decode(&*bytes).expect("a batch of spans"));
    received.bytes.extend(bytes);
    (StatusCode::OK, state.answer.clone())
}

impl Received {
    /// All spans, in the order of their arrival.
    pub fn spans(&self) -> impl Iterator<Item = &Span> {
        self.batches.iter().flat_map(spans)
    }

    /// The number of spans of each batch.
    pub fn batch_sizes(&self) -> Vec<usize> {
        self.batches.iter().map(|batch| spans(batch).count()).collect()
    }

    /// The attributes of the program that sent the first span.
    pub fn resource(&self) -> Vec<(String, String)> {
        let resources = self.batches.iter().flat_map(|batch| &batch.resource_spans);
        let mut resources = resources.filter_map(|spans| spans.resource.as_ref());
        resources.next().map(|resource| pairs(&resource.attributes)).unwrap_or_default()
    }

    /// The spans whose parent this is.
    pub fn children(&self, parent: &Span) -> Vec<&Span> {
        self.spans().filter(|span| span.parent_span_id == parent.span_id).collect()
    }
}

impl std::fmt::Display for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.spans().try_for_each(|span| writeln!(f, "{}: {:?}", span.name, pairs(&span.attributes)))
    }
}

fn spans(batch: &ExportTraceServiceRequest) -> impl Iterator<Item = &Span> {
    batch.resource_spans.iter().flat_map(|resource| &resource.scope_spans).flat_map(|scope| &scope.spans)
}

/// An attribute of a span, as text.
pub fn attribute(span: &Span, key: &str) -> Option<String> {
    pairs(&span.attributes).into_iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

/// A number keeps its type in the text, so that `1433` and `"1433"` differ.
fn pairs(attributes: &[KeyValue]) -> Vec<(String, String)> {
    let text = |pair: &KeyValue| match pair.value.as_ref().and_then(|value| value.value.clone()) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => format!("int {number}"),
        other => format!("{other:?}"),
    };
    attributes.iter().map(|pair| (pair.key.clone(), text(pair))).collect()
}
