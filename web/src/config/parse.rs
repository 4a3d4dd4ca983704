//! Parsers of settings. Each error completes the sentence `BOOKSTORE_X is "…": `.

use std::io;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use bookstore_db::connection_string::{ConnectionString, MAX_LENGTH};
use tracing_subscriber::filter::Targets;

use super::text_file;
use super::values::LogFormat;

pub(super) type Parsed<T> = Result<T, String>;

pub(super) fn address(text: &str) -> Parsed<SocketAddr> {
    text.parse().map_err(|_| "write an IP address and a port, like 127.0.0.1:8080 or [::]:8080".to_owned())
}

pub(super) fn duration(text: &str, range: RangeInclusive<Duration>) -> Parsed<Duration> {
    let parsed = humantime::parse_duration(text).ok().filter(|duration| range.contains(duration));
    parsed.ok_or_else(|| {
        let [least, most] = [*range.start(), *range.end()].map(humantime::format_duration);
        format!("write a duration from {least} to {most}, like 5s or 500ms")
    })
}

pub(super) fn count(text: &str, range: RangeInclusive<usize>) -> Parsed<usize> {
    let parsed = text.parse().ok().filter(|count| range.contains(count));
    parsed.ok_or_else(|| format!("write a whole number from {} to {}", range.start(), range.end()))
}

pub(super) fn boolean(text: &str) -> Parsed<bool> {
    text.parse().map_err(|_| "write true or false".to_owned())
}

pub(super) fn currency(text: &str) -> Parsed<String> {
    /// Longest symbols in use, such as `Rs.`, and all ISO codes.
    const LONGEST: usize = 4;
    let is_short = text.chars().count() <= LONGEST;
    if is_short && !text.chars().any(|c| c.is_control() || c.is_whitespace() || c.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err(format!("write a code like EUR or a symbol like €, with at most {LONGEST} characters"))
}

pub(super) fn size(text: &str, range: RangeInclusive<usize>) -> Parsed<usize> {
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("", 1)];
    let split = units.into_iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)));
    let bytes = split.and_then(|(number, factor)| number.trim().parse::<usize>().ok()?.checked_mul(factor));
    bytes.filter(|bytes| range.contains(bytes)).ok_or_else(|| {
        format!("write a size from {} to {} bytes, like 65536, 64 KiB or 1 MiB", range.start(), range.end())
    })
}

/// Host names without ports, in lower case.
pub(super) fn hosts(text: &str) -> Parsed<Vec<String>> {
    let names: Vec<_> = text.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    let is_name = |name: &String| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
    };
    if names.iter().all(|name| name == "*" || is_name(name)) {
        Ok(names)
    } else {
        Err("write host names without ports, separated by commas, like shop.example.com, or *".to_owned())
    }
}

pub(super) fn filter(text: &str) -> Parsed<Targets> {
    let parsed = text.parse().ok().filter(|_| !text.trim().is_empty());
    parsed.ok_or_else(|| {
        "write a level (error, warn, info, debug, trace), or target=level pairs like info,bookstore_db=debug".to_owned()
    })
}

pub(super) fn log_format(text: &str) -> Parsed<LogFormat> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("write auto, text or json".to_owned()),
    }
}

pub(super) fn connection_string(text: &str) -> Parsed<ConnectionString> {
    if text.trim().is_empty() {
        return Err("write a connection string, or unset it for the embedded store".to_owned());
    }
    ConnectionString::parse(text).map_err(|error| error.to_string())
}

/// Reads it from a file, such as a secret mounted by Docker or Kubernetes.
pub(super) fn connection_string_file(path: &str) -> Parsed<ConnectionString> {
    if path.contains(['=', ';']) {
        return Err("it is a connection string, not the path of a file; set connectionstring instead".to_owned());
    }
    let text =
        connection_string_text(Path::new(path)).map_err(|error| format!("cannot read the file {path}: {error}"))?;
    connection_string(&text).map_err(|error| format!("its content is not usable: {error}"))
}

/// The text of the file, without one line end at its end.
pub(crate) fn connection_string_text(file: &Path) -> io::Result<String> {
    bookstore_db::files::require_regular(file)?;
    text_file::read(file, MAX_LENGTH)
}
