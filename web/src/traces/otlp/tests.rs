use opentelemetry::trace::{
    Span, SpanBuilder, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Context, StringValue};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::trace::SdkTracerProvider;
use prost::Message as _;

use super::*;

fn attributes() -> Vec<KeyValue> {
    vec![
        KeyValue::new("text", "x".repeat(200)),
        KeyValue::new("long", "x".repeat(20_000)),
        KeyValue::new("empty", ""),
        KeyValue::new("number", -1_i64),
        KeyValue::new("zero", 0_i64),
        KeyValue::new("float", 0.5),
        KeyValue::new("no", false),
        KeyValue::new("yes", true),
        KeyValue::new("numbers", Value::Array(Array::I64(vec![0, 7]))),
        KeyValue::new("texts", Value::Array(Array::String(vec![StringValue::from("a"), StringValue::from("")]))),
        KeyValue::new("flags", Value::Array(Array::Bool(vec![true]))),
        KeyValue::new("floats", Value::Array(Array::F64(vec![1.5]))),
    ]
}

/// OpenTelemetry's own conversion is the judge.
#[test]
fn spans_are_what_opentelemetrys_own_messages_say() {
    let provider = SdkTracerProvider::builder().build();
    let tracer = provider.tracer("bookstore");
    let state = TraceState::from_key_value([("vendor", "value")]).unwrap();
    let remote = SpanContext::new(TraceId::from(7), SpanId::from(9), TraceFlags::SAMPLED, true, state);
    let parent = Context::new().with_remote_span_context(remote.clone());
    let mut spans = Vec::new();
    for (kind, status) in [
        (SpanKind::Internal, Status::Unset),
        (SpanKind::Server, Status::Ok),
        (SpanKind::Client, Status::error("why")),
        (SpanKind::Producer, Status::error("")),
        (SpanKind::Consumer, Status::Unset),
    ] {
        let builder = SpanBuilder::from_name("span").with_kind(kind).with_attributes(attributes());
        let mut span = tracer.build_with_context(builder, &parent);
        span.add_event("event", attributes());
        span.add_link(remote.clone(), attributes());
        span.set_status(status);
        spans.push(span.exported_data().unwrap());
        spans.push(tracer.build(SpanBuilder::from_name("root")).exported_data().unwrap());
    }
    let resource = Resource::builder_empty().with_attributes(attributes()).build();
    let expected = group_spans_by_resource_and_scope(spans.clone(), &(&resource).into());
    let sent = ExportTraceServiceRequest::decode(&*request(&resource, &spans)).unwrap();
    assert_eq!(sent, ExportTraceServiceRequest { resource_spans: expected });
}
