//! Headers that tell a browser what it may do with an answer.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// What every answer carries.
///
/// The policy lets a page load only from the shop itself, run no inline script or style, post only to the shop and be in no frame.
/// The referrer policy is not `no-referrer`: under that, browsers send `Origin: null` with the shop's own forms, and the check against
/// cross-site requests would refuse them (Fetch standard, "append a request Origin header").
const ALWAYS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
];

/// Puts them on, over whatever a handler said.
pub(super) fn secure(headers: &mut HeaderMap) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A page shows the data of its moment: it may be kept, and is asked for again before it is shown.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
}
