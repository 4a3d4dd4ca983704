//! A rendered page: its bytes, plain and as gzip, each with its ETag.

use std::convert::Infallible;
use std::fmt::Write;
use std::sync::OnceLock;

use askama::Template;
use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::error::HandlerError;
use super::gzip;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// Browsers may keep a page but have to revalidate it: another person may have changed a book.
const REVALIDATE: HeaderValue = HeaderValue::from_static("private, no-cache");
/// The number of headers of a page, with those that every response gets: without it the map grows twice.
const PAGE_HEADERS: usize = 12;

/// Renders a page for one request.
pub(crate) fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(body) => (status, [(header::CONTENT_TYPE, HTML), (header::CACHE_CONTROL, REVALIDATE)], body).into_response(),
        Err(error) => rendering_failed(&error).into_response(),
    }
}

/// The bytes of a page or a JSON document. The gzip form is created when the first reader accepts it.
#[derive(Debug)]
pub(crate) struct RenderedPage {
    content_type: HeaderValue,
    plain: Encoded,
    /// None if there is no gzip form.
    gzip: OnceLock<Option<Encoded>>,
}

/// One encoding of a page. Each has a strong ETag of its own, since it has other bytes (RFC 9110, section 8.8.3).
#[derive(Clone, Debug)]
struct Encoded {
    bytes: Bytes,
    etag: HeaderValue,
}

impl RenderedPage {
    /// Renders an HTML page, whose ETag is a hash of its bytes.
    ///
    /// # Errors
    /// 500 if the template fails, which is logged.
    pub(crate) fn html(page: &impl Template) -> Result<Self, HandlerError> {
        let html = page.render().map_err(|error| rendering_failed(&error))?;
        Self::hashed(HTML, html.into())
    }

    /// Serializes a JSON document, whose ETag is a hash of its bytes.
    ///
    /// # Errors
    /// 500 if the document cannot be serialized, which is logged.
    pub(crate) fn json(document: &impl Serialize) -> Result<Self, HandlerError> {
        Self::hashed(JSON, json_bytes(document)?)
    }

    /// Serializes a JSON document that has an ETag of its own. It is never compressed, so that the ETag names its
    /// bytes.
    ///
    /// # Errors
    /// 500 if the document cannot be serialized, which is logged.
    pub(crate) fn tagged_json(document: &impl Serialize, etag: HeaderValue) -> Result<Self, HandlerError> {
        let plain = Encoded { bytes: json_bytes(document)?, etag };
        Ok(Self { content_type: JSON, plain, gzip: OnceLock::from(None) })
    }

    fn hashed(content_type: HeaderValue, bytes: Bytes) -> Result<Self, HandlerError> {
        let etag = content_etag(&bytes).map_err(|error| rendering_failed(&error))?;
        Ok(Self { content_type, plain: Encoded { bytes, etag }, gzip: OnceLock::new() })
    }

    /// The response to a request with these conditions: 304 if the reader has the page.
    pub(crate) fn respond(&self, conditions: &RequestConditions) -> Response {
        let gzip = if conditions.accepts_gzip { self.gzip.get_or_init(|| self.compressed()).as_ref() } else { None };
        let encoded = gzip.unwrap_or(&self.plain);
        let mut response = Response::default();
        let headers = response.headers_mut();
        headers.reserve(PAGE_HEADERS);
        headers.insert(header::CACHE_CONTROL, REVALIDATE);
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::ETAG, encoded.etag.clone());
        if conditions.has(&encoded.etag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(header::CONTENT_TYPE, self.content_type.clone());
        if gzip.is_some() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        *response.body_mut() = encoded.bytes.clone().into();
        response
    }

    fn compressed(&self) -> Option<Encoded> {
        let plain_etag = self.plain.etag.to_str().ok()?;
        let etag = HeaderValue::try_from(format!("{}-gzip\"", plain_etag.strip_suffix('"')?)).ok()?;
        Some(Encoded { bytes: gzip::compress(&self.plain.bytes).ok()?.into(), etag })
    }
}

fn json_bytes(document: &impl Serialize) -> Result<Bytes, HandlerError> {
    serde_json::to_vec(document).map(Bytes::from).map_err(|error| rendering_failed(&error))
}

fn rendering_failed(error: &dyn std::error::Error) -> HandlerError {
    tracing::error!(%error, "cannot render a page");
    HandlerError::Request(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Half of a SHA-256 distinguishes pages well enough. A short hash would not: visitors choose what is in a page.
fn content_etag(bytes: &[u8]) -> Result<HeaderValue, axum::http::header::InvalidHeaderValue> {
    let mut etag = String::with_capacity(34);
    etag.push('"');
    for byte in Sha256::digest(bytes).iter().take(16) {
        // Writing to a String cannot fail.
        let _ = write!(etag, "{byte:02x}");
    }
    etag.push('"');
    HeaderValue::try_from(etag)
}

/// The conditions of a request: whether it accepts gzip, and the ETag of the page that the client has.
pub(crate) struct RequestConditions {
    accepts_gzip: bool,
    if_none_match: Option<IfNoneMatch>,
}

impl RequestConditions {
    /// Whether the reader has the page with this ETag.
    fn has(&self, etag: &HeaderValue) -> bool {
        let Some(known) = &self.if_none_match else { return false };
        let etag: Option<ETag> = etag.to_str().ok().and_then(|etag| etag.parse().ok());
        etag.is_some_and(|etag| !known.precondition_passes(&etag))
    }
}

impl<S: Sync> FromRequestParts<S> for RequestConditions {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let if_none_match = parts.headers.typed_get();
        Ok(Self { accepts_gzip: gzip::is_accepted(&parts.headers), if_none_match })
    }
}
