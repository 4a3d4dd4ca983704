//! Sends batches of spans to the collector, by HTTP/1.1 and a connection per batch.

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_native_tls::{Certificate, TlsConnector};
use axum::body::Bytes;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::uri::{Authority, PathAndQuery, Uri};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::time::timeout;
use tokio_util::compat::{FuturesAsyncReadCompatExt, TokioAsyncReadCompatExt};

use super::otlp;
use super::settings::TraceSettings;

/// Most bytes that are read of an answer, which reports rejected spans.
const MAX_RESPONSE: usize = 64 << 10;

type SendError = Box<dyn std::error::Error + Send + Sync>;

/// The client of one collector.
pub(super) struct Collector {
    endpoint: Uri,
    address: String,
    headers: HeaderMap,
    is_compressed: bool,
    timeout: Duration,
    authorities: Vec<Certificate>,
    resource: Resource,
    /// Whether the last batch failed: the log has each change, not each batch.
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
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("bookstore/", env!("CARGO_PKG_VERSION"))));
        if settings.is_compressed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        let host = settings.endpoint.authority().map_or("", Authority::as_str);
        headers.insert(HOST, HeaderValue::from_str(host).map_err(|error| error.to_string())?);
        Ok(Self {
            endpoint: settings.endpoint.clone(),
            address: settings.address(),
            headers,
            is_compressed: settings.is_compressed,
            timeout: settings.timeout,
            authorities,
            resource: Resource::builder_empty().build(),
            is_failing: AtomicBool::new(false),
        })
    }

    /// Sends a batch, and returns the status of the answer.
    async fn send(&self, body: Vec<u8>) -> Result<StatusCode, SendError> {
        let is_encrypted = self.endpoint.scheme_str() == Some("https");
        let host = self.endpoint.host().unwrap_or_default();
        // An IPv6 address has brackets in a URI.
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let port = self.endpoint.port_u16().unwrap_or(if is_encrypted { 443 } else { 80 });
        let request = self.request(body)?;
        let stream = TcpStream::connect((name, port)).await?;
        if !is_encrypted {
            return exchange(stream, request).await;
        }
        let connector = self.authorities.iter().cloned().fold(TlsConnector::new(), TlsConnector::add_root_certificate);
        exchange(connector.connect(name, stream.compat()).await?.compat(), request).await
    }

    fn request(&self, body: Vec<u8>) -> Result<Request<Full<Bytes>>, SendError> {
        let body = if self.is_compressed { compress(&body)? } else { body };
        let path = self.endpoint.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        let mut request = Request::post(Uri::from(path)).body(Full::new(body.into()))?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }

    fn log_change(&self, failure: Option<&str>) {
        let was_failing = self.is_failing.swap(failure.is_some(), Ordering::Relaxed);
        match failure {
            Some(error) if !was_failing => {
                tracing::warn!(collector = self.address, error, "traces are lost: the collector takes none");
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

impl SpanExporter for Collector {
    /// Blocks: the SDK calls this on a thread of its own, which has no runtime.
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let body = otlp::request(&self.resource, &batch);
        drop(batch);
        let failed = |error: io::Error| OTelSdkError::InternalFailure(error.to_string());
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        // The timer needs the runtime's context.
        let sent = runtime.block_on(async { timeout(self.timeout, self.send(body)).await });
        // A name server that hangs must not be waited for.
        runtime.shutdown_background();
        let failure = match sent {
            Ok(Ok(status)) if status.is_success() => None,
            Ok(Ok(status)) => Some(format!("it answered {status}")),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer within {:?}", self.timeout)),
        };
        self.log_change(failure.as_deref());
        failure.map_or(Ok(()), |failure| Err(OTelSdkError::InternalFailure(failure)))
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.clone();
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<StatusCode, SendError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    Limited::new(body, MAX_RESPONSE).collect().await?;
    Ok(head.status)
}

fn compress(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain)?;
    encoder.finish()
}

fn read_authorities(file: &Path) -> Result<Vec<Certificate>, SendError> {
    Ok(Certificate::stack_from_pem(&std::fs::read(file)?)?)
}
