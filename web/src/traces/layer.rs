//! Which of the program's `tracing` spans are exported: those of `bookstore_db`, within a sampled trace.

use bookstore_db::spans;
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::trace::SdkTracer;
use tracing::Metadata;
use tracing::subscriber::Interest;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context as LayerContext, Filter};
use tracing_subscriber::{Layer, Registry};

use super::TraceLayer;

/// The layer that exports by this tracer. It starts a span of the SDK once, with all attributes, when the program's ends.
pub(super) fn of(tracer: SdkTracer) -> TraceLayer {
    let layer = tracing_opentelemetry::layer::<Registry>().with_tracer(tracer);
    let layer = layer.with_location(false).with_threads(false).with_target(false).with_level(false);
    // Nothing within these spans needs OpenTelemetry's context, which would be entered at each poll.
    let layer = layer.with_tracked_inactivity(false).with_context_activation(false);
    layer.with_filter(SampledTrace).boxed()
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
        // A login runs in a task of the pool, within the span of the wait for it. The filter sees no span that it refused.
        Self::may_export(metadata) && (Context::map_current(is_sampled) || context.lookup_current().is_some())
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if Self::may_export(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }
}
