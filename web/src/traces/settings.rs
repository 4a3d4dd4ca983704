//! The settings of traces, from the variables of OpenTelemetry's specification
//! (<https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>). The SDK reads those of the
//! resource and the limits of a span itself.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri};

use super::batches::BatchLimits;
use super::headers;
use super::sampling::Sampling;

/// The specification's default of `OTEL_EXPORTER_OTLP_TIMEOUT`, in milliseconds.
const TIMEOUT: u32 = 10_000;
/// The specification's default of `OTEL_BSP_SCHEDULE_DELAY`, in milliseconds.
const DELAY: u32 = 5_000;
/// The specification's default of `OTEL_BSP_MAX_QUEUE_SIZE`.
const MAX_WAITING: u32 = 2_048;
/// The specification's default of `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`.
const MAX_BATCH: u32 = 512;
/// The address of traces below an endpoint of all signals.
const TRACES_PATH: &str = "v1/traces";

/// Where to send which traces.
#[derive(Debug)]
pub(super) struct TraceSettings {
    pub(super) endpoint: Uri,
    pub(super) timeout: Duration,
    pub(super) headers: HeaderMap,
    pub(super) is_compressed: bool,
    /// A file with authorities that the collector's certificate may have, beside the system's.
    pub(super) authorities: Option<PathBuf>,
    pub(super) batches: BatchLimits,
    pub(super) sampling: Sampling,
    pub(super) continues_traces: bool,
    /// Variables that have no effect, and what to write.
    pub(super) notes: Vec<String>,
}

impl TraceSettings {
    /// Reads the settings; none if no variable names a collector.
    ///
    /// # Errors
    /// Why no trace can be sent.
    pub(super) fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Option<Self>, String> {
        let variables = Variables(lookup);
        let is_disabled = variables.text("OTEL_SDK_DISABLED").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        if is_disabled {
            return Ok(None);
        }
        let Some(endpoint) = variables.endpoint()? else { return Ok(None) };
        if let Some(exporters) = variables.text("OTEL_TRACES_EXPORTER") {
            let mut names = exporters.split(',').map(str::trim);
            if exporters.trim() == "none" {
                return Ok(None);
            }
            if !names.any(|name| name == "otlp") {
                return Err(format!("OTEL_TRACES_EXPORTER is {exporters:?}: write otlp or none"));
            }
        }
        if let Some((name, protocol)) = variables.of_traces("PROTOCOL").filter(|(_, text)| text != "http/protobuf") {
            return Err(format!(
                "{name} is {protocol:?}: write http/protobuf, and an endpoint that takes it, usually on port 4318"
            ));
        }
        let mut notes = Vec::new();
        let sampling = variables.sampling(&mut notes);
        let batches = variables.batches(&mut notes);
        let timeout = number(variables.of_traces("TIMEOUT"), 1, TIMEOUT, "milliseconds", &mut notes);
        let timeout = Duration::from_millis(timeout.into());
        let headers = variables.of_traces("HEADERS").map(|(name, text)| headers::parse(&name, &text, &mut notes));
        let is_compressed = variables.of_traces("COMPRESSION").is_some_and(|(name, method)| {
            if !matches!(method.as_str(), "gzip" | "none") {
                notes.push(format!("{name} is {method:?}, so batches are not compressed: write gzip or none"));
            }
            method == "gzip"
        });
        let propagators = variables.text("OTEL_PROPAGATORS");
        let continues_traces = propagators.is_none_or(|names| names.split(',').any(|it| it.trim() == "tracecontext"));
        let authorities = variables.of_traces("CERTIFICATE").map(|(_, file)| file.into());
        let headers = headers.unwrap_or_default();
        Ok(Some(Self {
            endpoint,
            timeout,
            headers,
            is_compressed,
            authorities,
            batches,
            sampling,
            continues_traces,
            notes,
        }))
    }

    /// Scheme, host, port and path of the collector, without a query, which may have a key.
    pub(super) fn address(&self) -> String {
        let port = self.endpoint.port().map_or_else(String::new, |port| format!(":{port}"));
        let host = self.endpoint.host().unwrap_or_default();
        format!("{}://{host}{port}{}", self.endpoint.scheme_str().unwrap_or_default(), self.endpoint.path())
    }
}

/// Whether an authority has a part before `@`.
fn has_user(authority: &Authority) -> bool {
    authority.as_str().contains('@')
}

/// The environment. An empty variable is like one that is not set.
struct Variables<L>(L);

impl<L: Fn(&str) -> Option<OsString>> Variables<L> {
    fn text(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|text| text.to_string_lossy().into_owned()).filter(|text| !text.trim().is_empty())
    }

    /// A variable of the exporter: that of traces goes before that of all signals.
    fn of_traces(&self, name: &str) -> Option<(String, String)> {
        let names = [format!("OTEL_EXPORTER_OTLP_TRACES_{name}"), format!("OTEL_EXPORTER_OTLP_{name}")];
        names.into_iter().find_map(|name| self.text(&name).map(|text| (name, text)))
    }

    fn endpoint(&self) -> Result<Option<Uri>, String> {
        let Some((name, text)) = self.of_traces("ENDPOINT") else { return Ok(None) };
        let is_for_all = name == "OTEL_EXPORTER_OTLP_ENDPOINT";
        let address = if is_for_all { format!("{}/{TRACES_PATH}", text.trim_end_matches('/')) } else { text.clone() };
        let uri = address.parse::<Uri>().ok().filter(|uri| uri.host().is_some());
        let uri = uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
        if text.contains('@') && uri.as_ref().is_none_or(|uri| uri.authority().is_some_and(has_user)) {
            return Err(format!(
                "{name} has a user or a password, which is not shown here and not sent: write the address without \
                 them, and OTEL_EXPORTER_OTLP_HEADERS=authorization=Basic%20<user:password in Base64>"
            ));
        }
        // A query may have a key.
        let value = text.split('?').next().unwrap_or_default();
        uri.map(Some).ok_or_else(|| format!("{name} is {value:?}: write an address like http://collector:4318"))
    }

    fn batches(&self, notes: &mut Vec<String>) -> BatchLimits {
        let mut number = |name: &str, min, default, unit| {
            let name = format!("OTEL_BSP_{name}");
            number(self.text(&name).map(|text| (name, text)), min, default, unit, notes)
        };
        let delay = number("SCHEDULE_DELAY", 0, DELAY, "milliseconds");
        let max_waiting = number("MAX_QUEUE_SIZE", 1, MAX_WAITING, "spans");
        let max_batch = number("MAX_EXPORT_BATCH_SIZE", 1, MAX_BATCH, "spans").min(max_waiting);
        BatchLimits {
            delay: Duration::from_millis(delay.into()),
            max_waiting: max_waiting as usize,
            max_batch: max_batch as usize,
        }
    }

    fn sampling(&self, notes: &mut Vec<String>) -> Sampling {
        let name = self.text("OTEL_TRACES_SAMPLER").unwrap_or_else(|| "parentbased_always_on".to_owned());
        let name = name.trim();
        let ratio = match name.strip_prefix("parentbased_").unwrap_or(name) {
            "always_on" => 1.0,
            "always_off" => 0.0,
            "traceidratio" => self.ratio(notes),
            _ => {
                notes.push(format!(
                    "OTEL_TRACES_SAMPLER is {name:?}, so it is parentbased_always_on: write that, always_on, \
                     always_off, traceidratio, parentbased_always_off or parentbased_traceidratio"
                ));
                return Sampling::new(1.0, true);
            }
        };
        Sampling::new(ratio, name.starts_with("parentbased_"))
    }

    fn ratio(&self, notes: &mut Vec<String>) -> f64 {
        let Some(text) = self.text("OTEL_TRACES_SAMPLER_ARG") else { return 1.0 };
        text.trim().parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio)).unwrap_or_else(|| {
            notes.push(format!("OTEL_TRACES_SAMPLER_ARG is {text:?}, so it is 1: write a number from 0 to 1"));
            1.0
        })
    }
}

/// The number that a variable has, or the default.
fn number(variable: Option<(String, String)>, min: u32, default: u32, unit: &str, notes: &mut Vec<String>) -> u32 {
    let Some((name, text)) = variable else { return default };
    text.trim().parse().ok().filter(|number| *number >= min).unwrap_or_else(|| {
        notes.push(format!("{name} is {text:?}, so it is {default}: write a number of {unit}, {min} or more"));
        default
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");

    fn read(variables: &[(&str, &str)]) -> Result<Option<TraceSettings>, String> {
        let value =
            |name: &str| variables.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        TraceSettings::read(value)
    }

    fn read_with(variable: (&str, &str)) -> Result<Option<TraceSettings>, String> {
        read(&[ENDPOINT, variable])
    }

    #[test]
    fn traces_are_off_without_an_endpoint_and_when_disabled() {
        assert!(read(&[]).unwrap().is_none());
        assert!(read(&[("OTEL_SERVICE_NAME", "shop"), ("OTEL_TRACES_SAMPLER", "always_on")]).unwrap().is_none());
        let off =
            [("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "")];
        for variable in off {
            assert!(read_with(variable).unwrap().is_none(), "{variable:?}");
        }
    }

    #[test]
    fn endpoint_of_traces_goes_before_that_of_all_signals() {
        let address = |settings: Option<TraceSettings>| settings.unwrap().address();
        assert_eq!(address(read(&[ENDPOINT]).unwrap()), "http://collector:4318/v1/traces");
        let own = read_with(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://other/x?key=Secret-1")).unwrap();
        assert_eq!(address(own), "https://other/x");
    }

    #[test]
    fn variable_that_prevents_traces_is_named_with_its_value() {
        for (name, value, advice) in [
            ("OTEL_TRACES_EXPORTER", "zipkin", "write otlp or none"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317", "http://collector:4318"),
        ] {
            let why = read_with((name, value)).unwrap_err();
            assert!(why.contains(name) && why.contains(value) && why.contains(advice), "{why}");
        }
        let why = read_with(("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector/?key=Secret-1")).unwrap_err();
        assert!(!why.contains("Secret"), "{why}");
    }

    #[test]
    fn user_and_password_in_an_endpoint_are_refused_and_not_shown() {
        for address in ["http://us:Secret-1@collector:4318", "https://us@collector", "us:Secret-1@collector:4318"] {
            for name in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] {
                let why = read_with((name, address)).unwrap_err();
                assert!(why.contains(&format!("{name} has a user")) && why.contains("OTEL_EXPORTER_OTLP_HEADERS"));
                assert!(!why.contains("Secret-1") && !why.contains("us@") && !why.contains("us:"), "{why}");
            }
        }
        let path = read_with(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector/a@b")).unwrap();
        assert_eq!(path.unwrap().address(), "http://collector/a@b");
    }

    #[test]
    fn wrong_sampler_is_noted_and_all_is_sampled() {
        let settings = |variables: &[_]| read(&[&[ENDPOINT], variables].concat()).unwrap().unwrap();
        let ratio = settings(&[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.1")]);
        assert!(ratio.sampling == Sampling::new(0.1, false) && ratio.notes.is_empty());
        let wrong = settings(&[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "10 %")]);
        assert_eq!(wrong.sampling, Sampling::new(1.0, false));
        assert!(wrong.notes[0].contains("\"10 %\""), "{:?}", wrong.notes);
        let unknown = settings(&[("OTEL_TRACES_SAMPLER", "xray")]);
        assert!(unknown.sampling == Sampling::new(1.0, true) && unknown.notes[0].contains("xray"));
    }

    #[test]
    fn trace_of_a_client_is_continued_unless_another_format_is_asked_for() {
        let continues = |variable| read_with(variable).unwrap().unwrap().continues_traces;
        assert!(continues(("OTEL_PROPAGATORS", "tracecontext,baggage")) && continues(("OTEL_PROPAGATORS", "")));
        assert!(!continues(("OTEL_PROPAGATORS", "none")) && !continues(("OTEL_PROPAGATORS", "b3")));
    }

    #[test]
    fn wrong_numbers_are_noted_and_the_defaults_count() {
        let wrong = [("BSP_SCHEDULE_DELAY", "5s"), ("BSP_MAX_QUEUE_SIZE", "0"), ("EXPORTER_OTLP_TIMEOUT", "-1")];
        for (name, value) in wrong.map(|(name, value)| (format!("OTEL_{name}"), value)) {
            let settings = read_with((&name, value)).unwrap().unwrap();
            let limits = (settings.batches.delay, settings.batches.max_waiting, settings.timeout);
            assert_eq!(limits, (Duration::from_secs(5), 2_048, Duration::from_secs(10)), "{name}");
            let [note] = &settings.notes[..] else { panic!("{:?}", settings.notes) };
            assert!(note.contains(&format!("{name} is \"{value}\"")), "{note}");
        }
    }

    #[test]
    fn batch_is_no_larger_than_the_queue() {
        let batches = |variable| read_with(variable).unwrap().unwrap().batches;
        let small_queue = batches(("OTEL_BSP_MAX_QUEUE_SIZE", "8"));
        assert_eq!((small_queue.max_waiting, small_queue.max_batch), (8, 8));
        let small_batch = batches(("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8"));
        assert_eq!((small_batch.max_waiting, small_batch.max_batch), (2_048, 8));
    }
}
