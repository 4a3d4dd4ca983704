//! Security headers: what a browser may do with a response.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The headers of every response.
///
/// The content security policy allows a page to load only from the shop, to run no inline script or style, to post only
/// to the shop, and to be in no frame. The referrer policy is not `no-referrer`: with that, browsers send `Origin:
/// null` with the shop's own forms, and the check against cross-site requests would refuse them (Fetch standard,
/// "append a request Origin header").
///
/// The values are constants: made at run time, each would be checked byte by byte for every response.
const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action \
             'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
    ),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
];

/// Sets them, replacing those of a handler.
pub(super) fn add(headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        headers.insert(name, value);
    }
    // Browsers may keep a response but have to revalidate it: its data may have changed.
    headers.entry(header::CACHE_CONTROL).or_insert(const { HeaderValue::from_static("no-cache") });
}
