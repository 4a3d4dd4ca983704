//! Sends batches of spans to the collector, again if it cannot take one now, and logs when it stops taking them.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::Response;
use axum::http::header::RETRY_AFTER;
use flate2::Compression;
use flate2::write::GzEncoder;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::endpoint::Endpoint;
use super::settings::TraceSettings;

/// Most characters of a collector's own text in the log.
const MAX_REASON: usize = 200;

/// Pauses before a batch is sent again: those that OpenTelemetry's exporters for Rust have.
const PAUSES: [Duration; 3] = [Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(400)];

/// The client of one collector.
#[derive(Debug)]
pub(super) struct Collector {
    endpoint: Endpoint,
    address: String,
    /// For all attempts to send one batch.
    timeout: Duration,
    is_compressed: bool,
    /// Whether spans of the last batch were lost: the log has each change, not each batch.
    is_failing: AtomicBool,
}

impl Collector {
    /// # Errors
    /// The file with the authorities cannot be read.
    pub(super) fn new(settings: &TraceSettings) -> Result<Self, String> {
        Ok(Self {
            endpoint: Endpoint::new(settings)?,
            address: settings.address(),
            timeout: settings.timeout,
            is_compressed: settings.is_compressed,
            is_failing: AtomicBool::new(false),
        })
    }

    /// Sends a request for a batch, and again if the collector cannot take it now. Blocks for the time-out at most, and
    /// must not be called within a runtime. The log reports why the batch, or a part of it, is lost.
    pub(super) fn send(&self, batch: Vec<u8>) {
        self.log_change(self.block_on_send(batch).err());
    }

    fn block_on_send(&self, batch: Vec<u8>) -> Result<(), String> {
        let batch = if self.is_compressed { compress(&batch) } else { Ok(batch) };
        let batch = batch.map_err(|error| error.to_string())?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        let sent = runtime.block_on(self.send_until_taken(batch.into()));
        // A name server that hangs must not be waited for.
        runtime.shutdown_background();
        sent
    }

    async fn send_until_taken(&self, batch: Bytes) -> Result<(), String> {
        let end = Instant::now() + self.timeout;
        let mut pauses = PAUSES.into_iter();
        loop {
            let sent = timeout_at(end, self.attempt(batch.clone())).await;
            let Err(failure) = sent.map_err(|_| format!("no answer within {:?}", self.timeout))? else { return Ok(()) };
            let pause = failure.retry_after.zip(pauses.next()).map(|(least, pause)| pause.max(least) + jitter());
            match pause.map(|pause| Instant::now() + pause) {
                Some(next) if next < end => sleep_until(next).await,
                _ => return Err(failure.reason),
            }
        }
    }

    async fn attempt(&self, batch: Bytes) -> Result<(), Failure> {
        match self.endpoint.post(batch).await {
            Ok(response) => failure_of(&response).map_or(Ok(()), Err),
            Err(error) => Err(Failure { reason: error.to_string(), retry_after: Some(Duration::ZERO) }),
        }
    }

    fn log_change(&self, failure: Option<String>) {
        let was_failing = self.is_failing.swap(failure.is_some(), Ordering::Relaxed);
        match failure {
            Some(error) if !was_failing => {
                tracing::warn!(collector = self.address, error, "traces are lost");
            }
            None if was_failing => tracing::info!(collector = self.address, "the collector takes traces again"),
            _ => {}
        }
    }
}

/// Why a batch, or a part of it, was not taken.
struct Failure {
    reason: String,
    /// The shortest pause before the batch is sent again; none if it must not be.
    retry_after: Option<Duration>,
}

/// What is wrong with a response, if anything is.
fn failure_of(response: &Response<Bytes>) -> Option<Failure> {
    let status = response.status();
    if status.is_success() {
        return rejected(response.body()).map(|reason| Failure { reason, retry_after: None });
    }
    // The statuses that the protocol lists (<https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes>).
    let may_retry = matches!(status.as_u16(), 429 | 502 | 503 | 504);
    // A date in place of seconds is ignored.
    let seconds: Option<u32> = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let retry_after = may_retry.then(|| Duration::from_secs(seconds.unwrap_or(0).into()));
    Some(Failure { reason: format!("it answered {status}"), retry_after })
}

/// A short time, so that many shops do not send again at once.
fn jitter() -> Duration {
    Duration::from_millis(fastrand::u64(..100))
}

fn compress(batch: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(batch)?;
    encoder.finish()
}

/// Why spans of a batch that was answered with success were not taken
/// (<https://opentelemetry.io/docs/specs/otlp/#partial-success-1>).
fn rejected(answer: &[u8]) -> Option<String> {
    let partial = ExportTraceServiceResponse::decode(answer).ok()?.partial_success?;
    let reason: String = partial.error_message.chars().take(MAX_REASON).collect();
    let rejected = partial.rejected_spans;
    (rejected > 0).then(|| format!("it took a batch only in part; spans rejected: {rejected}, reason: {reason}"))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_listed_statuses_are_sent_again_after_the_pause_that_the_collector_asks_for() {
        let retry_after = |status: u16, header: Option<&'static str>| {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = status.try_into().unwrap();
            response.headers_mut().extend(header.map(|value| (RETRY_AFTER, HeaderValue::from_static(value))));
            failure_of(&response).unwrap().retry_after.map(|pause| pause.as_secs())
        };
        assert_eq!([429, 502, 503, 504].map(|status| retry_after(status, Some("3"))), [Some(3); 4]);
        assert_eq!([302, 400, 401, 404, 500].map(|status| retry_after(status, Some("3"))), [None; 5]);
        let unusable = ["soon", "-1", "99999999999999999999", "Fri, 31 Dec 1999 23:59:59 GMT"];
        assert_eq!(unusable.map(|value| retry_after(503, Some(value))), [Some(0); 4]);
        assert_eq!(retry_after(503, None), Some(0));
    }
}
