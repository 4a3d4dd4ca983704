//! Adds the request to its log lines. A span of `tracing` would do that too, but would be created and formatted for
//! each request, and most requests have no line.

use std::fmt;

use serde::Serialize;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use crate::http::current_request::CurrentRequest;

/// A format of lines, and how the request is added to a line.
pub(crate) struct WithRequest<F> {
    line: F,
    add: fn(&str, RequestFields<'_>) -> Result<String, fmt::Error>,
}

impl<F> WithRequest<F> {
    /// Adds the request to JSON objects in `spans`, as `tracing`'s format lists the spans of a line.
    pub(crate) fn json(line: F) -> Self {
        Self { line, add: add_to_json }
    }

    /// Adds the request to the end of text.
    pub(crate) fn text(line: F) -> Self {
        Self { line, add: |line, request| Ok(format!("{line} {request}")) }
    }
}

impl<S, N, F> FormatEvent<S, N> for WithRequest<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let Some(request) = CurrentRequest::get() else { return self.line.format_event(context, writer, event) };
        let mut line = String::new();
        self.line.format_event(context, Writer::new(&mut line), event)?;
        let line = (self.add)(line.trim_end_matches('\n'), RequestFields::of(&request))?;
        writeln!(writer, "{line}")
    }
}

fn add_to_json(line: &str, request: RequestFields<'_>) -> Result<String, fmt::Error> {
    let start = line.strip_suffix('}').ok_or(fmt::Error)?;
    let request = serde_json::to_string(&request).map_err(|_| fmt::Error)?;
    Ok(format!("{start},\"spans\":[{request}]}}"))
}

#[derive(Serialize)]
struct RequestFields<'a> {
    id: &'a str,
    method: &'a str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    name: &'static str,
}

impl<'a> RequestFields<'a> {
    fn of(request: &'a CurrentRequest) -> Self {
        Self {
            id: request.id.to_str().unwrap_or_default(),
            method: request.method,
            path: request.uri.path(),
            trace_id: request.trace_id.map(|id| id.to_string()),
            name: "request",
        }
    }
}

impl fmt::Display for RequestFields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, method, path, trace_id, name } = self;
        write!(f, "{name}{{id={id:?} method={method:?} path={path:?}")?;
        if let Some(id) = trace_id {
            write!(f, " trace_id={id:?}")?;
        }
        f.write_str("}")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::http::{HeaderValue, Uri};
    use serde_json::{Value, json};
    use tracing::subscriber::with_default;

    use super::*;
    use crate::server::telemetry::captured_log::CapturedLog;

    /// A line without a request, and one of a request.
    fn lines(subscriber: impl Subscriber + Send + Sync, log: &CapturedLog) -> [String; 2] {
        let (id, uri) = (HeaderValue::from_static("id-1"), Uri::from_static("/books?search=x"));
        let request = Arc::new(CurrentRequest { id, method: "GET", uri, trace_id: None });
        with_default(subscriber, || {
            tracing::error!(reason = "a\"b", "first");
            request.run_sync(|| tracing::error!(reason = "a\"b", "second"));
        });
        let lines: Vec<_> = log.text().lines().map(str::to_owned).collect();
        lines.try_into().expect("two lines")
    }

    #[test]
    fn request_is_in_its_json_lines_alone() {
        let log = CapturedLog::default();
        let writer = log.clone();
        let layer = tracing_subscriber::fmt().json().with_span_list(false).with_writer(move || writer.clone());
        let lines = lines(layer.map_event_format(WithRequest::json).finish(), &log);
        let [first, second] = lines.map(|line| serde_json::from_str::<Value>(&line).unwrap());
        assert_eq!((&first["fields"]["message"], first.get("spans")), (&json!("first"), None));
        assert_eq!(second["fields"], json!({"message": "second", "reason": "a\"b"}));
        assert_eq!(second["spans"], json!([{"id": "id-1", "method": "GET", "path": "/books", "name": "request"}]));
    }

    #[test]
    fn request_is_at_the_end_of_its_text_lines_alone() {
        let log = CapturedLog::default();
        let writer = log.clone();
        let layer = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
        let [first, second] = lines(layer.map_event_format(WithRequest::text).finish(), &log);
        assert!(first.ends_with("first reason=\"a\\\"b\""), "{first}");
        let request = r#"request{id="id-1" method="GET" path="/books"}"#;
        assert!(second.ends_with(&format!("second reason=\"a\\\"b\" {request}")), "{second}");
    }
}
