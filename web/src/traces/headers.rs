//! Headers for the collector, from `OTEL_EXPORTER_OTLP_HEADERS`: `name=value` pairs with commas between them, and values
//! that are percent-encoded (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/>).

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

/// Reads the headers. Adds a note about each pair that is none, without its value, which may be a secret.
pub(super) fn parse(variable: &str, text: &str, notes: &mut Vec<String>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    for (number, pair) in (1..).zip(pairs) {
        match header(pair) {
            Some((name, value)) => drop(headers.insert(name, value)),
            None => {
                notes.push(format!("header {number} of {variable} is not sent: write name=value, and %20 for a space"))
            }
        }
    }
    headers
}

fn header(pair: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = pair.split_once('=')?;
    let value: Vec<u8> = percent_decode_str(value.trim()).collect();
    let mut value = HeaderValue::from_bytes(&value).ok()?;
    value.set_sensitive(true);
    Some((name.trim().parse().ok()?, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_decoded_and_a_wrong_one_is_noted_without_its_value() {
        let mut notes = Vec::new();
        let headers = parse("NAME", "authorization=Basic%20dTpw, x-tenant = shop=1,,Secret-1,a b=Secret-2", &mut notes);
        assert_eq!(
            (&headers["authorization"], &headers["x-tenant"]),
            (&"Basic dTpw".parse().unwrap(), &"shop=1".parse().unwrap())
        );
        assert_eq!((headers.len(), notes.len()), (2, 2), "{notes:?}");
        assert!(notes[0].contains("header 3 of NAME") && !notes.concat().contains("Secret"), "{notes:?}");
    }
}
