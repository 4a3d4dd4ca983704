//! Exports batches of spans by OTLP over HTTP (<https://opentelemetry.io/docs/specs/otlp/#otlphttp>).

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::collector::Collector;
use super::encoding::export_request;

/// The exporter of the spans of all tracers, under one instrumentation scope.
#[derive(Debug)]
pub(super) struct Exporter {
    collector: Collector,
    scope: &'static str,
    resource: Resource,
}

impl Exporter {
    /// The SDK sets the resource.
    pub(super) fn new(collector: Collector, scope: &'static str) -> Self {
        Self { collector, scope, resource: Resource::builder_empty().build() }
    }
}

impl SpanExporter for Exporter {
    /// Blocks: the SDK calls this on a thread of its own.
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let request = export_request(&self.resource, self.scope, &batch);
        self.collector.send(request).map_err(OTelSdkError::InternalFailure)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.clone();
    }
}
