//! The attributes of a server span, by OpenTelemetry's semantic conventions for HTTP
//! (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>). The query, which has what a visitor searches for,
//! the client's address and its user agent are left out.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{Method, Version, header};
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanBuilder, SpanKind};

/// Longest method that is recorded: a client can send any word.
const MAX_METHOD: usize = 32;

/// The span of a request, named by its method and route.
pub(super) fn builder(request: &Request, route: Option<&str>, request_id: &str) -> SpanBuilder {
    let method = known_method(request.method());
    // The conventions' name of an unknown method.
    let name_of_method = method.unwrap_or("HTTP");
    let name = route.map_or_else(|| name_of_method.to_owned(), |route| format!("{name_of_method} {route}"));
    let mut attributes = vec![
        KeyValue::new("http.request.method", method.unwrap_or("_OTHER")),
        KeyValue::new("url.path", request.uri().path().to_owned()),
        KeyValue::new("url.scheme", "http"),
        KeyValue::new("bookstore.request.id", request_id.to_owned()),
    ];
    if method.is_none() {
        let original: String = request.method().as_str().chars().take(MAX_METHOD).collect();
        attributes.push(KeyValue::new("http.request.method_original", original));
    }
    attributes.extend(route.map(|route| KeyValue::new("http.route", route.to_owned())));
    attributes
        .extend(protocol_version(request.version()).map(|version| KeyValue::new("network.protocol.version", version)));
    if let Some(authority) = authority(request) {
        attributes.push(KeyValue::new("server.address", authority.host().to_owned()));
        attributes.extend(authority.port_u16().map(|port| KeyValue::new("server.port", i64::from(port))));
    }
    SpanBuilder::from_name(name).with_kind(SpanKind::Server).with_attributes(attributes)
}

/// The host and port that the client used.
fn authority(request: &Request) -> Option<Authority> {
    let host = || request.headers().get(header::HOST)?.to_str().ok()?.parse().ok();
    request.uri().authority().cloned().or_else(host)
}

fn protocol_version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        _ => None,
    }
}

fn known_method(method: &Method) -> Option<&'static str> {
    let known = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];
    known.into_iter().find(|known| *known == method.as_str())
}
