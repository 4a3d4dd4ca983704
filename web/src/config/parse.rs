//! From the text of a setting to its value. Each error completes the sentence "BOOKSTORE_X is …: ".

use std::io::{self, Read};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use bookstore_db::connection_string::{ConnectionString, MAX_LENGTH};
use tracing_subscriber::filter::Targets;

use super::LogFormat;

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

pub(super) fn switch(text: &str) -> Parsed<bool> {
    text.parse().map_err(|_| "write true or false".to_owned())
}

pub(super) fn size(text: &str, range: RangeInclusive<usize>) -> Parsed<usize> {
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("", 1)];
    let split = units.into_iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)));
    let bytes = split.and_then(|(number, factor)| number.trim().parse::<usize>().ok()?.checked_mul(factor));
    bytes.filter(|bytes| range.contains(bytes)).ok_or_else(|| {
        format!("write a size from {} to {} bytes, like 65536, 64 KiB or 1 MiB", range.start(), range.end())
    })
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

/// Reads it from a file, as Docker and Kubernetes mount a secret.
pub(super) fn connection_string_file(path: &str) -> Parsed<ConnectionString> {
    if path.contains(['=', ';']) {
        return Err("it holds a connection string, not a file's path; put it into connectionstring".to_owned());
    }
    let text =
        connection_string_text(Path::new(path)).map_err(|error| format!("the file {path} cannot be read: {error}"))?;
    connection_string(&text).map_err(|error| format!("what it holds is not usable: {error}"))
}

/// What the file holds now; one newline at its end does not count.
pub(crate) fn connection_string_text(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    // One byte more than the parser takes, which then says that it is too long; a device without an end stops here.
    let longest = u64::try_from(MAX_LENGTH).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(file)?.take(longest).read_to_string(&mut text)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}
