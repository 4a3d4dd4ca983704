//! Log lines on standard error, for people or for collectors.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

use crate::config::{Config, LogFormat};

/// Starts logging for the whole process. A second call changes nothing.
pub(crate) fn init(config: &Config) {
    let terminal = std::io::stderr().is_terminal();
    let json = match config.log_format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let lines = if json { json_lines() } else { text_lines(terminal) };
    // It fails only if a logger is there already, which then goes on.
    let _ = tracing_subscriber::registry().with(lines.with_filter(config.log.clone())).try_init();
    std::panic::set_hook(Box::new(log_panic));
}

fn text_lines(colours: bool) -> Box<dyn Layer<Registry> + Send + Sync> {
    tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colours).boxed()
}

/// All spans are listed, since the request's id is in the outermost.
fn json_lines() -> Box<dyn Layer<Registry> + Send + Sync> {
    let layer = tracing_subscriber::fmt::layer().json().flatten_event(true).with_current_span(false);
    layer.with_writer(std::io::stderr).boxed()
}

/// One line in place of the standard library's several, so that it is one record, and inside the request's span.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let payload = panic.payload();
    let message = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    tracing::error!(location, reason = message.unwrap_or_default(), "panic");
}
