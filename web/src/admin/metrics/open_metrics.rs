//! OpenMetrics 1.0, converted from Prometheus's text format, which the recorder writes.
//! <https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md>

use axum::http::{HeaderMap, header};

use crate::http::media_type::accepted_quality;

pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const MEDIA_TYPE: &str = "application/openmetrics-text";
const COUNTER_SUFFIX: &str = "_total";

/// Whether the client prefers OpenMetrics to plain text. A client that sends no Accept gets plain text.
pub(super) fn is_accepted(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.any(|accepted| {
        let open_metrics = accepted_quality(accepted, MEDIA_TYPE);
        open_metrics > 0.0 && open_metrics >= accepted_quality(accepted, "text/plain")
    })
}

/// Converts the recorder's text: a counter's family has a name without `_total`, a bucket's bound is written as a
/// float, there are no empty lines, and the last line is `# EOF`.
pub(super) fn from_text(text: &str) -> String {
    let mut converted = String::with_capacity(text.len() + 16);
    let counters: Vec<_> = text.lines().filter_map(counter_name).collect();
    for line in text.lines().filter(|line| !line.is_empty()) {
        match metadata(line) {
            Some((keyword, name, rest)) => {
                let is_counter = counters.contains(&name);
                let family = if is_counter { name.strip_suffix(COUNTER_SUFFIX).unwrap_or(name) } else { name };
                // An escape is undone in a help text, which has a quote only here.
                let rest = if keyword == "HELP" { rest.replace('"', "\\\"") } else { rest.to_owned() };
                converted.push_str(&format!("# {keyword} {family} {rest}"));
            }
            None => converted.push_str(&with_float_bound(line)),
        }
        converted.push('\n');
    }
    converted.push_str("# EOF\n");
    converted
}

/// The parts of `# HELP name text` and `# TYPE name type`.
fn metadata(line: &str) -> Option<(&str, &str, &str)> {
    let (keyword, rest) = line.strip_prefix("# ")?.split_once(' ')?;
    let (name, rest) = rest.split_once(' ')?;
    Some((keyword, name, rest))
}

fn counter_name(line: &str) -> Option<&str> {
    metadata(line).filter(|(keyword, _, kind)| *keyword == "TYPE" && *kind == "counter").map(|(_, name, _)| name)
}

/// `le="1"` becomes `le="1.0"`.
fn with_float_bound(line: &str) -> String {
    const LABEL: &str = "le=\"";
    let bound = line.rfind(LABEL).map(|at| at + LABEL.len());
    let integer = bound.and_then(|start| {
        let length = line[start..].find('"')?;
        line[start..start + length].bytes().all(|byte| byte.is_ascii_digit()).then_some(start + length)
    });
    integer.map_or_else(|| line.to_owned(), |end| format!("{}.0{}", &line[..end], &line[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn is_accepted_in(text: &'static str) -> bool {
        is_accepted(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(text))]))
    }

    #[test]
    fn client_that_prefers_it_gets_open_metrics() {
        // Prometheus 2.42, Prometheus 3, and others.
        assert!(is_accepted_in(
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
             text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
        ));
        assert!(is_accepted_in("application/openmetrics-text;version=1.0.0;q=0.6, text/plain;q=0.3"));
        assert!(!is_accepted_in("text/plain;version=0.0.4, application/openmetrics-text;q=0.5"));
        assert!(!is_accepted_in("application/openmetrics-text;q=0"));
        assert!(!is_accepted_in("*/*") && !is_accepted_in("text/html") && !is_accepted(&HeaderMap::new()));
    }

    #[test]
    fn text_becomes_open_metrics() {
        let text = "# HELP a_total Help of \"a\"\n# TYPE a_total counter\na_total{x=\"le=\"} 1\n\n\
                    # TYPE b_seconds histogram\nb_seconds_bucket{le=\"1\"} 2\nb_seconds_bucket{le=\"0.5\"} 2\n\
                    b_seconds_bucket{le=\"+Inf\"} 2\n\n";
        let expected = "# HELP a Help of \\\"a\\\"\n# TYPE a counter\na_total{x=\"le=\"} 1\n\
                        # TYPE b_seconds histogram\nb_seconds_bucket{le=\"1.0\"} 2\nb_seconds_bucket{le=\"0.5\"} 2\n\
                        b_seconds_bucket{le=\"+Inf\"} 2\n# EOF\n";
        assert_eq!(from_text(text), expected);
    }
}
