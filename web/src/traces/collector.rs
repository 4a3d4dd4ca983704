//! Sends batches of spans to the collector, by HTTP/1.1 and a connection per batch.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_native_tls::{Certificate, TlsConnector};
use async_trait::async_trait;
use axum::http::header::{HOST, USER_AGENT};
use axum::http::uri::{Authority, PathAndQuery, Uri};
use axum::http::{HeaderMap, HeaderValue};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::time::timeout;
use tokio_util::compat::{FuturesAsyncReadCompatExt, TokioAsyncReadCompatExt};

use super::settings::TraceSettings;

/// Most bytes that are read of an answer, which reports rejected spans.
const MAX_RESPONSE: usize = 64 << 10;

/// Most characters of a collector's own text in the log.
const MAX_REASON: usize = 200;

/// The client of one collector, for the exporter.
pub(super) struct Collector {
    endpoint: Uri,
    address: String,
    headers: HeaderMap,
    timeout: Duration,
    authorities: Vec<Certificate>,
    /// Whether spans of the last batch were lost: the log has each change, not each batch.
    is_failing: AtomicBool,
}

impl Collector {
    /// # Errors
    /// The file with the authorities cannot be read.
    pub(super) fn new(settings: &TraceSettings) -> Result<Self, String> {
        let authorities = match &settings.authorities {
            Some(file) => read_authorities(file).map_err(|error| {
                format!(
                    "OTEL_EXPORTER_OTLP_CERTIFICATE names {}, which is not a PEM file of certificates: {error}",
                    file.display()
                )
            })?,
            None => Vec::new(),
        };
        let mut headers = settings.headers.clone();
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("bookstore/", env!("CARGO_PKG_VERSION"))));
        let host = settings.endpoint.authority().map_or("", Authority::as_str);
        headers.insert(HOST, HeaderValue::from_str(host).map_err(|error| error.to_string())?);
        Ok(Self {
            endpoint: settings.endpoint.clone(),
            address: settings.address(),
            headers,
            timeout: settings.timeout,
            authorities,
            is_failing: AtomicBool::new(false),
        })
    }

    /// Sends a batch, with the headers of the settings in place of the exporter's.
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let is_encrypted = self.endpoint.scheme_str() == Some("https");
        let host = self.endpoint.host().unwrap_or_default();
        // An IPv6 address has brackets in a URI.
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let port = self.endpoint.port_u16().unwrap_or(if is_encrypted { 443 } else { 80 });
        let path = self.endpoint.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        *request.uri_mut() = Uri::from(path);
        request.headers_mut().extend(self.headers.clone());
        let stream = TcpStream::connect((name, port)).await?;
        if !is_encrypted {
            return exchange(stream, request).await;
        }
        let connector = self.authorities.iter().cloned().fold(TlsConnector::new(), TlsConnector::add_root_certificate);
        exchange(connector.connect(name, stream.compat()).await?.compat(), request).await
    }

    fn log_change(&self, sent: &Result<Response<Bytes>, HttpError>) {
        let failure = match sent {
            Ok(response) if response.status().is_success() => rejected(response.body()),
            Ok(response) => Some(format!("it answered {}", response.status())),
            Err(error) => Some(error.to_string()),
        };
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

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector").field("address", &self.address).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Collector {
    /// Blocks: the SDK calls this on a thread of its own, which has no runtime.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        // The timer needs the runtime's context.
        let sent = runtime.block_on(async { timeout(self.timeout, self.send(request)).await });
        // A name server that hangs must not be waited for.
        runtime.shutdown_background();
        let sent = sent.unwrap_or_else(|_| Err(format!("no answer within {:?}", self.timeout).into()));
        self.log_change(&sent);
        sent
    }
}

async fn exchange<S>(stream: S, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request.map(Full::new)).await?.into_parts();
    let body = Limited::new(body, MAX_RESPONSE).collect().await?.to_bytes();
    Ok(Response::from_parts(head, body))
}

/// Why spans of a batch that was answered with success were not taken
/// (<https://opentelemetry.io/docs/specs/otlp/#partial-success-1>).
fn rejected(answer: &[u8]) -> Option<String> {
    let partial = ExportTraceServiceResponse::decode(answer).ok()?.partial_success?;
    let reason: String = partial.error_message.chars().take(MAX_REASON).collect();
    let rejected = partial.rejected_spans;
    (rejected > 0).then(|| format!("it took a batch only in part; spans rejected: {rejected}, reason: {reason}"))
}

fn read_authorities(file: &Path) -> Result<Vec<Certificate>, HttpError> {
    Ok(Certificate::stack_from_pem(&std::fs::read(file)?)?)
}
