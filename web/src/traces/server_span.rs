//! The attributes of a server span, by OpenTelemetry's semantic conventions for HTTP
//! (<https://opentelemetry.io/docs/specs/semconv/http/http-spans/>). The query, which has what a visitor searches for,
//! the client's address and its user agent are left out, and so is the protocol's version: the shop has HTTP/1 alone.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{Method, header};
use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanBuilder, SpanKind};

/// Most characters that are recorded of what a client can choose: a method, a path, and a host, whose names have at most
/// 253.
const MAX_METHOD: usize = 32;
const MAX_PATH: usize = 1024;
const MAX_HOST: usize = 255;
/// Those of [`builder`], the response's status and the reason of a failure.
const MAX_ATTRIBUTES: usize = 10;

/// The span of a request, named by its method and route.
pub(super) fn builder(request: &Request, route: Option<&str>, request_id: &str) -> SpanBuilder {
    let method = known_method(request.method());
    // The conventions' name of an unknown method.
    let name_of_method = method.unwrap_or("HTTP");
    let name = route.map_or_else(|| name_of_method.to_owned(), |route| [name_of_method, " ", route].concat());
    let mut attributes = Vec::with_capacity(MAX_ATTRIBUTES);
    attributes.extend([
        KeyValue::new("http.request.method", method.unwrap_or("_OTHER")),
        KeyValue::new("url.path", start_of(request.uri().path(), MAX_PATH)),
        KeyValue::new("url.scheme", "http"),
        KeyValue::new("bookstore.request.id", request_id.to_owned()),
    ]);
    if method.is_none() {
        attributes.push(KeyValue::new("http.request.method_original", start_of(request.method().as_str(), MAX_METHOD)));
    }
    attributes.extend(route.map(|route| KeyValue::new("http.route", route.to_owned())));
    if let Some((host, port)) = host_and_port(request) {
        attributes.push(KeyValue::new("server.address", start_of(host, MAX_HOST)));
        attributes.extend(port.map(|port| KeyValue::new("server.port", i64::from(port))));
    }
    SpanBuilder::from_name(name).with_kind(SpanKind::Server).with_attributes(attributes)
}

fn start_of(text: &str, max: usize) -> String {
    // A text has no more characters than bytes, and these are counted already.
    if text.len() <= max {
        return text.to_owned();
    }
    match text.char_indices().nth(max) {
        Some((end, _)) => text[..end].to_owned(),
        None => text.to_owned(),
    }
}

/// The host and port that the client used. They are as the client wrote them, without a user and a password: a request
/// with an invalid host has a span, too.
fn host_and_port(request: &Request) -> Option<(&str, Option<u16>)> {
    let host = || request.headers().get(header::HOST)?.to_str().ok();
    let authority = request.uri().authority().map(Authority::as_str).or_else(host)?;
    let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
    Some(match address.rsplit_once(':') {
        // The colons of an IPv6 address are in brackets.
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
        _ => (address, None),
    })
}

fn known_method(method: &Method) -> Option<&'static str> {
    let known = ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];
    known.into_iter().find(|known| *known == method.as_str())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn what_a_client_chooses_is_recorded_up_to_a_limit() {
        let request = Request::builder().method("X".repeat(99).as_str()).uri(format!("/{}", "é".repeat(9_999)));
        let request = request.header("host", format!("{}:5", "h".repeat(999))).body(Body::empty()).unwrap();
        let attributes = builder(&request, None, "id").attributes.unwrap();
        let length = |key: &str| {
            let pair = attributes.iter().find(|pair| pair.key.as_str() == key).unwrap();
            pair.value.as_str().chars().count()
        };
        let keys = ["http.request.method_original", "url.path", "server.address"];
        assert_eq!(keys.map(length), [MAX_METHOD, MAX_PATH, MAX_HOST]);
    }

    #[test]
    fn host_and_port_are_those_that_the_client_used() {
        let of = |uri: &str, host: &str| {
            let request = Request::get(uri).header("host", host).body(Body::empty()).unwrap();
            host_and_port(&request).map(|(host, port)| (host.to_owned(), port))
        };
        for (host, address, port) in [
            ("shop.example", "shop.example", None),
            ("shop.example:8080", "shop.example", Some(8080)),
            ("[::1]", "[::1]", None),
            ("[::1]:8080", "[::1]", Some(8080)),
            ("user:Secret-1@shop.example", "shop.example", None),
            ("user:Secret-1@shop.example:99999", "shop.example", None),
        ] {
            assert_eq!(of("/", host), Some((address.to_owned(), port)), "{host}");
        }
        let absolute = of("http://user:Secret-1@proxied.example:81/books", "shop.example");
        assert_eq!(absolute, Some(("proxied.example".to_owned(), Some(81))));
    }
}
