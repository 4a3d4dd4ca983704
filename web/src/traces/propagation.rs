//! The trace of the client, from `traceparent` and `tracestate` (<https://www.w3.org/TR/trace-context/>).

use axum::http::{HeaderMap, HeaderName};
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_sdk::propagation::TraceContextPropagator;

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Most bytes of a `tracestate` that are passed on: as many as the recommendation asks for. Each span has them.
const MAX_STATE: usize = 512;

/// The span of the client, if the request has a valid one.
pub(super) fn parent(headers: &HeaderMap) -> Option<SpanContext> {
    // Every request is asked, and a text would be parsed each time.
    if !headers.contains_key(TRACEPARENT) {
        return None;
    }
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &TraceHeaders(headers));
    Some(context.span().span_context().clone()).filter(SpanContext::is_valid)
}

struct TraceHeaders<'a>(&'a HeaderMap);

impl Extractor for TraceHeaders<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        let value = self.0.get(key)?.to_str().ok()?;
        Some(if key.eq_ignore_ascii_case("tracestate") { first_entries(value) } else { value })
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}

/// The entries at the start that fit. The recommendation removes whole entries, from the end.
fn first_entries(state: &str) -> &str {
    match state.get(..=MAX_STATE) {
        Some(start) => start.rsplit_once(',').map_or("", |(entries, _)| entries),
        None => state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_tracestate_loses_whole_entries_at_its_end() {
        assert_eq!(first_entries("a=1,b=2"), "a=1,b=2");
        let fits = format!("a=1,b={}", "x".repeat(MAX_STATE - 6));
        assert_eq!(first_entries(&fits), fits);
        assert_eq!(first_entries(&format!("{fits}x")), "a=1");
        assert_eq!(first_entries(&format!("{fits},c=3")), fits);
        assert_eq!(first_entries(&"x".repeat(9_999)), "");
    }
}
