//! Media types: of a request's body, and those that a client accepts.

use axum::http::{HeaderMap, header};

/// Whether Content-Type names this media type, in any case and with any parameters (RFC 9110, section 8.3.1).
pub(crate) fn has_media_type(headers: &HeaderMap, expected: &str) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(expected)
}

/// The quality that Accept gives to a media type, from 0 for one that it does not name to 1. Ranges like `*/*` do not
/// count: who sends only these has no preference (RFC 9110, section 12.5.1).
pub(crate) fn accepted_quality(accept: &str, media_type: &str) -> f32 {
    let accepted = accept.split(',').filter_map(|range| {
        let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
        let mut qualities = parameters.split(';').filter_map(|parameter| parameter.trim().strip_prefix("q="));
        let quality = qualities.next().map_or(Some(1.0), |quality| quality.trim().parse().ok())?;
        name.trim().eq_ignore_ascii_case(media_type).then_some(quality)
    });
    accepted.fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn media_type_is_compared_without_case_and_parameters() {
        let has = |text| {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(text))]);
            has_media_type(&headers, "application/json")
        };
        assert!(has("Application/JSON;charset=utf-8") && has("application/json") && has(" application/json "));
        assert!(!has("application/json-patch+json") && !has("text/plain; application/json"));
        assert!(!has_media_type(&HeaderMap::new(), "application/json"));
    }
}
