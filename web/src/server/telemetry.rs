//! Logging to standard error, as text for people or as JSON for collectors, and the start of traces.

#[cfg(test)]
pub(crate) mod captured_log;
pub(crate) mod request_fields;

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::panic::PanicHookInfo;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

use self::request_fields::WithRequest;
use crate::colours;
use crate::config::{Config, LogFormat};
use crate::traces;

/// Starts logging and traces for the whole process. A second call has no effect. `lookup` reads the variables of traces.
pub(crate) fn init_with_traces(config: &Config, lookup: impl Fn(&str) -> Option<OsString>) {
    let state = traces::start(lookup);
    init(config);
    state.log();
}

/// Starts logging.
pub(crate) fn init(config: &Config) {
    let terminal = std::io::stderr().is_terminal();
    let json = match config.log_format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let lines = if json { json_lines() } else { text_lines(colours::are_shown_by(&std::io::stderr())) };
    // It fails only if a logger is installed, which then stays.
    let _ = tracing_subscriber::registry().with(lines).with(log_filter(&config.log)).try_init();
    std::panic::set_hook(Box::new(log_panic));
}

/// Starts traces without logging, for a command whose output is its report. Returns what is wrong with their variables.
pub(crate) fn init_traces(lookup: impl Fn(&str) -> Option<OsString>) -> Vec<String> {
    traces::start(lookup).warnings()
}

/// Leaves out the driver, unless the filter names it: it logs every error and every skipped packet of a reply, as many
/// as the server sends. The shop logs the error of a statement itself, once.
fn log_filter(filter: &Targets) -> Targets {
    let is_named = filter.iter().any(|(target, _)| target.starts_with(DRIVER));
    if is_named { filter.clone() } else { filter.clone().with_target(DRIVER, LevelFilter::OFF) }
}

const DRIVER: &str = "tiberius";

fn text_lines(colours: bool) -> Box<dyn Layer<Registry> + Send + Sync> {
    let layer = tracing_subscriber::fmt::layer().with_writer(|| OneLine(io::stderr())).with_ansi(colours);
    layer.map_event_format(|format| WithRequest::text(format.with_ansi(colours))).boxed()
}

/// Writes each record as one line, so that no text of a server can pretend to be another record. The subscriber itself
/// escapes the control characters of terminals in texts, but no line breaks. It writes a whole record at once.
struct OneLine<W>(W);

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        let (text, end) = record.strip_suffix(b"\n").map_or((record, &b""[..]), |text| (text, b"\n"));
        self.0.write_all(&[&escape_line_breaks(text), end].concat())?;
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn escape_line_breaks(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return text.into();
    }
    let escape = |byte: &u8| match byte {
        b'\n' => b"\\n".to_vec(),
        b'\r' => b"\\r".to_vec(),
        byte => vec![*byte],
    };
    text.iter().flat_map(escape).collect::<Vec<_>>().into()
}

fn json_lines() -> Box<dyn Layer<Registry> + Send + Sync> {
    let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
    layer.with_span_list(false).map_event_format(WithRequest::json).with_writer(std::io::stderr).boxed()
}

/// Logs a panic as one record of the request, in place of the standard library's several lines.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let payload = panic.payload();
    let message = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    tracing::error!(location, reason = message.unwrap_or_default(), "panic");
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::filter::LevelFilter;

    use super::*;

    #[test]
    fn record_is_one_line() {
        let mut written = Vec::new();
        OneLine(&mut written).write_all(b"first\nsecond\r\nthird\n").unwrap();
        OneLine(&mut written).write_all(b"plain\n").unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), "first\\nsecond\\r\\nthird\nplain\n");
    }

    #[test]
    fn driver_logs_only_if_the_filter_names_it() {
        let logs =
            |filter: &str| log_filter(&filter.parse().unwrap()).would_enable("tiberius::tds", &tracing::Level::ERROR);
        assert!(!logs("info") && !logs("trace,bookstore_db=debug"));
        assert!(logs("info,tiberius=warn"));
        assert!(log_filter(&Targets::new().with_default(LevelFilter::INFO)).would_enable("x", &tracing::Level::INFO));
    }
}
