//! Spans, and the request that exports them, in protobuf
//! (<https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto>). They are
//! written straight from the SDK's spans: by way of the messages of `opentelemetry-proto` it takes several times as long.
//! A test compares both.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Link, SpanContext, SpanId, Status};
use opentelemetry::{KeyValue, Value};
use opentelemetry_proto::tonic::trace::v1::SpanFlags;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::encoding::WireType;

use super::protobuf::Message;

/// The keys of fields 1 and 2, if they have a length.
const BYTES_1: u8 = 1 << 3 | WireType::LengthDelimited as u8;
const BYTES_2: u8 = 2 << 3 | WireType::LengthDelimited as u8;
/// Bytes of a request beside its spans.
const USUAL_RESOURCE: usize = 512;

/// Writes a span to a buffer, as a field of the message that has the spans of an instrumentation scope. Spans of this
/// program have no events.
pub(super) fn encode_span(data: &SpanData, buffer: &mut Vec<u8>) {
    let mut scope_spans = Message(std::mem::take(buffer));
    scope_spans.message(2, |message| span(message, data));
    *buffer = scope_spans.0;
}

/// A request with these spans of [`encode_span`], one after the other, which all have the instrumentation `scope`. The
/// parts before the spans are written first, as their length is a part of the request: the spans are copied once.
pub(super) fn export_request(resource: &Resource, scope: &str, spans: &[u8]) -> Vec<u8> {
    let mut scope_spans = Message::default();
    scope_spans.message(1, |message| message.bytes(1, scope.as_bytes()));
    let mut resource_spans = Message::default();
    resource_spans.message(1, |message| {
        for (key, value) in resource.iter() {
            message.message(1, |pair| attribute(pair, key.as_str(), value));
        }
    });
    resource_spans.bytes(3, resource.schema_url().unwrap_or_default().as_bytes());
    resource_spans.key(2, WireType::LengthDelimited);
    resource_spans.number((scope_spans.0.len() + spans.len()) as u64);
    let mut request = Message(Vec::with_capacity(spans.len() + USUAL_RESOURCE));
    request.key(1, WireType::LengthDelimited);
    request.number((resource_spans.0.len() + scope_spans.0.len() + spans.len()) as u64);
    [&resource_spans.0, &scope_spans.0, spans].iter().for_each(|part| request.0.extend_from_slice(part));
    request.0
}

fn span(message: &mut Message, span: &SpanData) {
    ids(message, &span.span_context);
    if span.parent_span_id != SpanId::INVALID {
        message.bytes(4, &span.parent_span_id.to_bytes());
    }
    message.bytes(5, span.name.as_bytes());
    message.varint(6, SpanKind::from(span.span_kind.clone()) as u64);
    message.fixed64(7, nanoseconds(span.start_time));
    message.fixed64(8, nanoseconds(span.end_time));
    attributes(message, 9, &span.attributes);
    message.count(10, span.dropped_attributes_count);
    for data in &span.links.links {
        message.message(13, |message| link(message, data));
    }
    message.count(14, span.links.dropped_count);
    if span.status != Status::Unset {
        message.message(15, |message| status(message, &span.status));
    }
    message.fixed32(16, flags(&span.span_context, span.parent_span_is_remote));
}

fn link(message: &mut Message, link: &Link) {
    let context = &link.span_context;
    ids(message, context);
    attributes(message, 4, &link.attributes);
    message.count(5, link.dropped_attributes_count);
    message.fixed32(6, flags(context, context.is_remote()));
}

/// The first three fields of a span and of a link.
fn ids(message: &mut Message, context: &SpanContext) {
    message.bytes(1, &context.trace_id().to_bytes());
    message.bytes(2, &context.span_id().to_bytes());
    message.bytes(3, context.trace_state().header().as_bytes());
}

fn status(message: &mut Message, status: &Status) {
    if let Status::Error { description } = status {
        message.bytes(2, description.as_bytes());
    }
    message.varint(3, StatusCode::from(status) as u64);
}

fn flags(context: &SpanContext, is_remote: bool) -> u32 {
    let remote = if is_remote { SpanFlags::ContextIsRemoteMask as u32 } else { 0 };
    u32::from(context.trace_flags().to_u8()) | SpanFlags::ContextHasIsRemoteMask as u32 | remote
}

fn attributes(message: &mut Message, field: u32, pairs: &[KeyValue]) {
    for pair in pairs {
        let (key, value) = (pair.key.as_str(), &pair.value);
        match value {
            Value::String(text) if is_short(key, text.as_str()) => short_attribute(message, field, key, text.as_str()),
            _ => message.message(field, |message| attribute(message, key, value)),
        }
    }
}

/// Whether an attribute and its parts have lengths of one byte.
fn is_short(key: &str, text: &str) -> bool {
    key.len() + text.len() + 6 < 128
}

/// Writes an attribute that [`is_short`]. Its lengths are known in advance: the key and the text have two bytes before
/// them, and so has the value, which is a message with the text.
fn short_attribute(message: &mut Message, field: u32, key: &str, text: &str) {
    let [key_length, text_length] = [key, text].map(|text| text.len() as u8);
    message.key(field, WireType::LengthDelimited);
    message.0.extend_from_slice(&[key_length + text_length + 6, BYTES_1, key_length]);
    message.0.extend_from_slice(key.as_bytes());
    message.0.extend_from_slice(&[BYTES_2, text_length + 2, BYTES_1, text_length]);
    message.0.extend_from_slice(text.as_bytes());
}

fn attribute(message: &mut Message, key: &str, value: &Value) {
    message.bytes(1, key.as_bytes());
    // A value is one of several fields, and is written if it is empty, too.
    message.message(2, |message| match value {
        Value::Bool(value) => message.varint(2, u64::from(*value)),
        Value::I64(value) => message.varint(3, value.cast_unsigned()),
        Value::F64(value) => message.fixed64(4, value.to_bits()),
        // An array, which no span of this program has, is a text with brackets.
        value => message.present_bytes(1, value.as_str().as_bytes()),
    });
}

fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use opentelemetry::trace::{SpanKind, TraceFlags, TraceId, TraceState};
    use opentelemetry::{Array, InstrumentationScope};
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
    use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
    use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use prost::Message as _;

    use super::*;

    const SCOPE: &str = "scope";

    /// Texts whose lengths take one byte and two.
    fn text() -> impl Strategy<Value = String> {
        prop_oneof![".{0,9}", "x{120,140}", "é{8200}"]
    }

    fn pairs() -> impl Strategy<Value = Vec<KeyValue>> {
        let value = prop_oneof![
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text().prop_map(Value::from),
        ];
        vec((text(), value).prop_map(|(key, value)| KeyValue::new(key, value)), 0..4)
    }

    fn context() -> impl Strategy<Value = SpanContext> {
        let state = prop_oneof![Just(""), Just("vendor=1"), Just("a=1,b=2")];
        (any::<u128>(), any::<u64>(), any::<u8>(), any::<bool>(), state).prop_map(
            |(trace, span, flags, is_remote, state)| {
                let state: TraceState = state.parse().unwrap_or_default();
                SpanContext::new(TraceId::from(trace), SpanId::from(span), TraceFlags::new(flags), is_remote, state)
            },
        )
    }

    fn links() -> impl Strategy<Value = SpanLinks> {
        let link =
            (context(), pairs(), 0..3_u32).prop_map(|(context, pairs, dropped)| Link::new(context, pairs, dropped));
        (vec(link, 0..3), 0..3_u32).prop_map(|(links, dropped_count)| {
            let mut all = SpanLinks::default();
            (all.links, all.dropped_count) = (links, dropped_count);
            all
        })
    }

    fn kind() -> impl Strategy<Value = SpanKind> {
        use SpanKind::*;
        prop::sample::select(vec![Client, Server, Producer, Consumer, Internal])
    }

    fn status() -> impl Strategy<Value = Status> {
        prop_oneof![Just(Status::Unset), Just(Status::Ok), text().prop_map(Status::error)]
    }

    fn time() -> impl Strategy<Value = SystemTime> {
        // Before 1970, too, as on a machine without a clock.
        prop_oneof![
            any::<u32>().prop_map(|seconds| UNIX_EPOCH + Duration::new(seconds.into(), 123_456_789)),
            Just(UNIX_EPOCH - Duration::from_secs(1))
        ]
    }

    prop_compose! {
        fn any_span()(
            (span_context, parent_span_id, parent_span_is_remote, span_kind) in
                (context(), prop_oneof![Just(0), any::<u64>()], any::<bool>(), kind()),
            (name, start_time, end_time, attributes, dropped_attributes_count) in
                (text(), time(), time(), pairs(), 0..3_u32),
            links in links(),
            status in status(),
        ) -> SpanData {
            SpanData {
                span_context,
                parent_span_id: SpanId::from(parent_span_id),
                parent_span_is_remote,
                span_kind,
                name: name.into(),
                start_time,
                end_time,
                attributes,
                dropped_attributes_count,
                events: SpanEvents::default(),
                links,
                status,
                instrumentation_scope: InstrumentationScope::builder(SCOPE).build(),
            }
        }
    }

    proptest! {
        #[test]
        fn request_has_the_messages_of_opentelemetry(spans in vec(any_span(), 1..4), pairs in pairs()) {
            let resource = Resource::builder_empty().with_schema_url(pairs, "https://example.org/schema").build();
            let mut encoded = Vec::new();
            spans.iter().for_each(|span| encode_span(span, &mut encoded));
            let request = ExportTraceServiceRequest::decode(&*export_request(&resource, SCOPE, &encoded)).unwrap();
            let resource = ResourceAttributesWithSchema::from(&resource);
            let mut expected = group_spans_by_resource_and_scope(spans, &resource);
            for span in expected.iter_mut().flat_map(|it| &mut it.scope_spans).flat_map(|it| &mut it.spans) {
                // A status that is not set is the same as none.
                span.status.take_if(|status| *status == Default::default());
            }
            prop_assert_eq!(request.resource_spans, expected);
        }
    }

    #[test]
    fn array_is_a_text() {
        let pair = KeyValue::new("key", Value::Array(Array::I64(vec![1, 2])));
        let mut message = Message::default();
        attribute(&mut message, pair.key.as_str(), &pair.value);
        let pair = opentelemetry_proto::tonic::common::v1::KeyValue::decode(&*message.0).unwrap();
        assert!(format!("{pair:?}").contains("StringValue(\"[1,2]\")"), "{pair:?}");
    }
}
