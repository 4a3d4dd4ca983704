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

/// The layer that exports by this tracer.
pub(super) fn of(tracer: SdkTracer) -> TraceLayer {
    let layer = tracing_opentelemetry::layer::<Registry>().with_tracer(tracer);
    let layer = layer.with_location(false).with_threads(false).with_target(false).with_tracked_inactivity(false);
    layer.with_filter(SampledTrace).boxed()
}

/// Log lines are not exported: their texts may have values from the database.
struct SampledTrace;

impl SampledTrace {
    fn may_export(metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target() == spans::TARGET
    }
}

impl<S> Filter<S> for SampledTrace {
    fn enabled(&self, metadata: &Metadata<'_>, _: &LayerContext<'_, S>) -> bool {
        let is_sampled = |context: &Context| context.span().span_context().is_sampled();
        Self::may_export(metadata) && Context::map_current(is_sampled)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if Self::may_export(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }
}
