//! Which traces are recorded. This runs per request, and the SDK's samplers take 190 instructions, as they return
//! attributes and a trace state, too. A test compares the decisions.

use opentelemetry::trace::{SpanContext, TraceId};

/// The decision of one process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sampling {
    /// Traces whose id has a number below this one are recorded. All numbers are below 2^63.
    limit: u64,
    /// Whether the decision of the client, if there is one, counts instead.
    is_parent_based: bool,
}

impl Sampling {
    /// Records this part of all traces, from 0 to 1.
    pub(super) fn new(ratio: f64, is_parent_based: bool) -> Self {
        Self { limit: (ratio * (1_u64 << 63) as f64) as u64, is_parent_based }
    }

    /// Whether a trace, with the client's span or none, is recorded.
    pub(super) fn records(&self, trace_id: TraceId, parent: Option<&SpanContext>) -> bool {
        match parent {
            Some(parent) if self.is_parent_based => parent.is_sampled(),
            _ => number(trace_id) < self.limit,
        }
    }
}

/// The number of an id that OpenTelemetry's SDKs decide by, so that programs with the same ratio record the same traces.
fn number(trace_id: TraceId) -> u64 {
    (u128::from_be_bytes(trace_id.to_bytes()) as u64) >> 1
}

#[cfg(test)]
mod tests {
    use opentelemetry::Context;
    use opentelemetry::trace::{SpanKind, TraceContextExt, TraceFlags, TraceState};
    use opentelemetry_sdk::trace::{Sampler, SamplingDecision, ShouldSample};
    use proptest::prelude::*;

    use super::*;

    fn ratio() -> impl Strategy<Value = f64> {
        prop_oneof![Just(0.0), Just(0.1), Just(1.0), 0.0..1.0]
    }

    /// The span of a client with this decision, or none.
    fn client() -> impl Strategy<Value = Option<SpanContext>> {
        let span = |flag| SpanContext::new(1.into(), 2.into(), TraceFlags::new(flag), true, TraceState::default());
        prop::option::of((0..2_u8).prop_map(span))
    }

    proptest! {
        #[test]
        fn decisions_are_those_of_the_sdk(
            id in 1_u128.., ratio in ratio(), is_parent_based in any::<bool>(), client in client(),
        ) {
            let sampler = Sampler::TraceIdRatioBased(ratio);
            let sampler = if is_parent_based { Sampler::ParentBased(Box::new(sampler)) } else { sampler };
            let context = client.clone().map(|client| Context::new().with_remote_span_context(client));
            let kind = SpanKind::Server;
            let expected = sampler.should_sample(context.as_ref(), TraceId::from(id), "", &kind, &[], &[]).decision;
            let is_recorded = Sampling::new(ratio, is_parent_based).records(TraceId::from(id), client.as_ref());
            prop_assert_eq!(is_recorded, expected == SamplingDecision::RecordAndSample);
        }
    }
}
