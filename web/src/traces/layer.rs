//! Exports the program's `tracing` spans of `bookstore_db` that are within a sampled trace.

use std::fmt;

use bookstore_db::spans;
use opentelemetry::trace::{Span as _, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, Span};
use tracing::Metadata;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context as LayerContext, Filter};
use tracing_subscriber::{Layer, Registry};

use super::TraceLayer;

/// The layer that exports by this tracer.
pub(super) fn of(tracer: SdkTracer) -> TraceLayer {
    SpanLayer(tracer).with_filter(SampledTrace).boxed()
}

/// Log lines are not exported: their texts may have values from the database.
struct SampledTrace;

impl SampledTrace {
    fn may_export(metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target() == spans::TARGET
    }
}

impl Filter<Registry> for SampledTrace {
    fn enabled(&self, metadata: &Metadata<'_>, context: &LayerContext<'_, Registry>) -> bool {
        let is_sampled = |context: &Context| context.span().span_context().is_sampled();
        // A login runs in a task of the pool, within the span of the wait for it.
        Self::may_export(metadata) && (Context::map_current(is_sampled) || exported_parent(context).is_some())
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if Self::may_export(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }
}

/// The span of the caller, if it is exported.
fn exported_parent(context: &LayerContext<'_, Registry>) -> Option<SpanContext> {
    let span = context.lookup_current()?;
    span.extensions().get::<Span>().map(|span| span.span_context().clone())
}

/// Starts a span of the SDK for each span that it sees, which ends with it.
struct SpanLayer(SdkTracer);

impl Layer<Registry> for SpanLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, Registry>) {
        let Some(span) = context.span(id) else { return };
        let parent = match exported_parent(&context) {
            Some(parent) => Context::new().with_remote_span_context(parent),
            None => Context::current(),
        };
        let builder = SpanBuilder::from_name(attributes.metadata().name());
        let mut fields = Fields { builder, attributes: Vec::with_capacity(attributes.fields().len()), is_error: false };
        attributes.record(&mut fields);
        let builder = fields.builder.with_attributes(fields.attributes);
        span.extensions_mut().insert(builder.start_with_context(&self.0, &parent));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: LayerContext<'_, Registry>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(span) = extensions.get_mut::<Span>() else { return };
        let mut fields = Fields { builder: SpanBuilder::default(), attributes: Vec::new(), is_error: false };
        values.record(&mut fields);
        span.set_attributes(fields.attributes);
        if fields.is_error {
            span.set_status(Status::error(""));
        }
    }

    fn on_close(&self, id: Id, context: LayerContext<'_, Registry>) {
        // Taken out first: what the end of a span calls must not find its extensions locked.
        let ended = context.span(&id).and_then(|span| span.extensions_mut().remove::<Span>());
        drop(ended);
    }
}

/// The fields of a span. Those with `otel.` before their names are not attributes.
struct Fields {
    builder: SpanBuilder,
    attributes: Vec<KeyValue>,
    is_error: bool,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "otel.name" => self.builder.name = value.to_owned().into(),
            "otel.kind" => self.builder.span_kind = (value == "client").then_some(SpanKind::Client),
            "otel.status_code" => self.is_error = value == "error",
            name => self.attributes.push(KeyValue::new(name, value.to_owned())),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.attributes.push(KeyValue::new(field.name(), value));
    }

    /// No span has a field of another type.
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
