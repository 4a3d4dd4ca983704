//! A page as bytes, plain and in gzip, under a strong entity tag each (RFC 9110, section 8.8.3: other bytes, another tag).

use std::convert::Infallible;
use std::sync::OnceLock;

use askama::Template;
use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use headers::{ETag, HeaderMapExt, IfNoneMatch};
use sha2::{Digest, Sha256};

use super::gzip;
use crate::error::Failure;
use crate::layout::{ASK_AGAIN, HTML};

/// What an address leads to.
#[derive(Debug)]
pub(crate) enum Page {
    /// A page, whole.
    Rendered(Box<Rendered>),
    /// Another address.
    Elsewhere(String),
}

/// The bytes of a page. Compressed ones are made when the first reader wants them.
#[derive(Debug)]
pub(crate) struct Rendered {
    plain: Variant,
    /// Names the content, whatever its encoding.
    hash: String,
    /// None if it could not be compressed.
    gzip: OnceLock<Option<Variant>>,
}

#[derive(Clone, Debug)]
struct Variant {
    bytes: Bytes,
    tag: HeaderValue,
}

impl Page {
    /// # Errors
    /// 500 if the template fails, which is logged.
    pub(crate) fn render(page: &impl Template) -> Result<Self, Failure> {
        let html = page.render().map_err(|error| {
            tracing::error!(%error, "a page could not be rendered");
            Failure::Request(StatusCode::INTERNAL_SERVER_ERROR)
        })?;
        let hash = hash(html.as_bytes());
        let tag = tag(&hash, "").ok_or(Failure::Request(StatusCode::INTERNAL_SERVER_ERROR))?;
        let plain = Variant { bytes: html.into(), tag };
        Ok(Self::Rendered(Box::new(Rendered { plain, hash, gzip: OnceLock::new() })))
    }

    /// The page as its reader asked for it: 304 to a browser that has it.
    pub(crate) fn answer(&self, asked: &Asked) -> Response {
        match self {
            Self::Rendered(page) => page.answer(asked),
            Self::Elsewhere(address) => Redirect::to(address).into_response(),
        }
    }
}

impl Rendered {
    fn answer(&self, asked: &Asked) -> Response {
        let gzip = if asked.gzip { self.gzip.get_or_init(|| self.packed()).as_ref() } else { None };
        let variant = gzip.unwrap_or(&self.plain);
        let mut response = Response::default();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, ASK_AGAIN);
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::ETAG, variant.tag.clone());
        if asked.has(&variant.tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(header::CONTENT_TYPE, HTML);
        if gzip.is_some() {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        *response.body_mut() = variant.bytes.clone().into();
        response
    }

    fn packed(&self) -> Option<Variant> {
        let bytes = gzip::pack(&self.plain.bytes).ok()?;
        Some(Variant { bytes: bytes.into(), tag: tag(&self.hash, "-gzip")? })
    }
}

/// Half of a SHA-256 is more than enough to tell pages apart, and people choose what is in them.
fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn tag(hash: &str, encoding: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"{hash}{encoding}\"")).ok()
}

/// How a reader asked: whether they take gzip, and what they have.
pub(crate) struct Asked {
    gzip: bool,
    known: Option<IfNoneMatch>,
}

impl Asked {
    fn has(&self, tag: &HeaderValue) -> bool {
        let tag: Option<ETag> = self.known.as_ref().and_then(|_| tag.to_str().ok()?.parse().ok());
        self.known.as_ref().zip(tag).is_some_and(|(known, tag)| !known.precondition_passes(&tag))
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self { gzip: gzip::is_accepted(&parts.headers), known: parts.headers.typed_get() })
    }
}
