//! Where the collector listens. Batches go there by HTTP/1.1, each by a connection of its own
//! (<https://opentelemetry.io/docs/specs/otlp/#otlphttp-request>).

use std::fmt;
use std::path::Path;

use async_native_tls::{Certificate, TlsConnector};
use axum::BoxError;
use axum::body::Bytes;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, USER_AGENT};
use axum::http::uri::{Authority, PathAndQuery, Uri};
use axum::http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_util::compat::{FuturesAsyncReadCompatExt, TokioAsyncReadCompatExt};

use super::settings::TraceSettings;

/// Most bytes that are read of an answer, which reports rejected spans.
const MAX_RESPONSE: usize = 64 << 10;

/// The collector's address, the headers of each request, and the authorities that its certificate may have.
pub(super) struct Endpoint {
    uri: Uri,
    headers: HeaderMap,
    authorities: Vec<Certificate>,
}

impl Endpoint {
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
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        if settings.is_compressed {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Ok(Self { uri: settings.endpoint.clone(), headers, authorities })
    }

    /// Posts a batch and returns the answer.
    ///
    /// # Errors
    /// There is no connection, or no answer of a sensible length.
    pub(super) async fn post(&self, batch: Bytes) -> Result<Response<Bytes>, BoxError> {
        let is_encrypted = self.uri.scheme_str() == Some("https");
        let host = self.uri.host().unwrap_or_default();
        // An IPv6 address has brackets in a URI.
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let port = self.uri.port_u16().unwrap_or(if is_encrypted { 443 } else { 80 });
        let path = self.uri.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
        let mut request = Request::post(Uri::from(path)).body(Full::new(batch))?;
        *request.headers_mut() = self.headers.clone();
        let stream = TcpStream::connect((name, port)).await?;
        if !is_encrypted {
            return exchange(stream, request).await;
        }
        let connector = self.authorities.iter().cloned().fold(TlsConnector::new(), TlsConnector::add_root_certificate);
        exchange(connector.connect(name, stream.compat()).await?.compat(), request).await
    }
}

impl fmt::Debug for Endpoint {
    /// Without the headers and the query, which may have a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("host", &self.uri.host()).finish_non_exhaustive()
    }
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, BoxError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = Limited::new(body, MAX_RESPONSE).collect().await?.to_bytes();
    Ok(Response::from_parts(head, body))
}

fn read_authorities(file: &Path) -> Result<Vec<Certificate>, BoxError> {
    Ok(Certificate::stack_from_pem(&std::fs::read(file)?)?)
}
