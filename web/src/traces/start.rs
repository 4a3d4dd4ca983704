//! Starts the recorder with its queue of spans.

use std::env::var_os;
use std::ffi::OsString;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

use super::TraceState;
use super::collector::Collector;
use super::ids::FastIds;
use super::recorder::{Recorder, install};
use super::settings::TraceSettings;
use super::span_queue::SpanQueue;
use crate::build_info::VERSION;

/// The name of the service, and of the instrumentation.
const NAME: &str = "bookstore";

pub(super) fn start(lookup: impl Fn(&str) -> Option<OsString>) -> TraceState {
    let settings = match TraceSettings::read(lookup) {
        Ok(Some(settings)) => settings,
        Ok(None) => return TraceState::Off,
        Err(why) => return TraceState::Refused(why),
    };
    let (address, notes) = (settings.address(), settings.notes.clone());
    let recorder = match recorder(settings) {
        Ok(recorder) => recorder,
        Err(why) => return TraceState::Refused(why),
    };
    // A second recorder of the process would record nothing.
    if install(recorder) { TraceState::On { address, notes } } else { TraceState::Off }
}

fn recorder(settings: TraceSettings) -> Result<Recorder, String> {
    let queue = SpanQueue::start(Collector::new(&settings)?, settings.batches, resource(), NAME)?;
    let provider = SdkTracerProvider::builder().with_span_processor(queue);
    let provider = provider.with_sampler(Sampler::AlwaysOn).with_id_generator(FastIds).build();
    let tracer = provider.tracer(NAME);
    let TraceSettings { sampling, continues_traces, .. } = settings;
    Ok(Recorder { provider, tracer, sampling, continues_traces })
}

/// This program, unless `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say otherwise.
fn resource() -> Resource {
    let program = [KeyValue::new("service.name", NAME), KeyValue::new("service.version", VERSION)];
    let resource = Resource::builder_empty().with_attributes(program);
    let resource = resource.with_detector(Box::new(TelemetryResourceDetector));
    let resource = resource.with_detector(Box::new(EnvResourceDetector::new()));
    match var_os("OTEL_SERVICE_NAME").filter(|name| !name.is_empty()) {
        Some(name) => resource.with_service_name(name.to_string_lossy().into_owned()).build(),
        None => resource.build(),
    }
}
