//! Spans as OTLP: the protobuf message `ExportTraceServiceRequest` of
//! <https://github.com/open-telemetry/opentelemetry-proto>, written field by field. The SDK's exporter first converts
//! every attribute into messages of their own, which took more time than recording the spans.

use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{Array, Key, KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;

/// Protobuf's wire types.
const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const BYTES: u64 = 2;
const FIXED32: u64 = 5;

/// `SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK` and `SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK`.
const REMOTE_IS_KNOWN: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// A request to export spans of one instrumentation scope.
pub(super) fn request(resource: &Resource, spans: &[SpanData]) -> Vec<u8> {
    let mut message = Message(Vec::with_capacity(512 * (spans.len() + 1)));
    message.nested(1, |of_resource| {
        of_resource.nested(1, |message| {
            resource.iter().for_each(|(key, value)| message.attribute(1, key, value));
        });
        of_resource.nested(2, |of_scope| {
            if let Some(span) = spans.first() {
                of_scope.nested(1, |message| message.text(1, span.instrumentation_scope.name()));
            }
            spans.iter().for_each(|span| of_scope.nested(2, |message| message.span(span)));
        });
    });
    message.0
}

/// A protobuf message that is being written. Fields with the default value are left out, as its encoders do.
struct Message(Vec<u8>);

impl Message {
    fn span(&mut self, span: &SpanData) {
        self.context([1, 2, 3], &span.span_context);
        if span.parent_span_id != SpanId::INVALID {
            self.bytes(4, &span.parent_span_id.to_bytes());
        }
        self.text(5, &span.name);
        self.number(6, kind(&span.span_kind));
        self.time(7, span.start_time);
        self.time(8, span.end_time);
        self.attributes(9, &span.attributes);
        self.number(10, span.dropped_attributes_count.into());
        for event in span.events.iter() {
            self.nested(11, |message| {
                message.time(1, event.timestamp);
                message.text(2, &event.name);
                message.attributes(3, &event.attributes);
                message.number(4, event.dropped_attributes_count.into());
            });
        }
        self.number(12, span.events.dropped_count.into());
        span.links.iter().for_each(|link| self.nested(13, |message| message.link(link)));
        self.number(14, span.links.dropped_count.into());
        self.nested(15, |message| match &span.status {
            Status::Unset => {}
            Status::Ok => message.number(3, 1),
            Status::Error { description } => {
                message.text(2, description);
                message.number(3, 2);
            }
        });
        self.flags(16, &span.span_context, span.parent_span_is_remote);
    }

    fn link(&mut self, link: &Link) {
        self.context([1, 2, 3], &link.span_context);
        self.attributes(4, &link.attributes);
        self.number(5, link.dropped_attributes_count.into());
        self.flags(6, &link.span_context, link.span_context.is_remote());
    }

    /// Trace id, span id and trace state.
    fn context(&mut self, [trace, span, state]: [u64; 3], context: &SpanContext) {
        self.bytes(trace, &context.trace_id().to_bytes());
        self.bytes(span, &context.span_id().to_bytes());
        self.text(state, &context.trace_state().header());
    }

    fn flags(&mut self, field: u64, context: &SpanContext, is_remote: bool) {
        let remote = if is_remote { IS_REMOTE } else { 0 };
        self.tag(field, FIXED32);
        self.0.extend((u32::from(context.trace_flags().to_u8()) | REMOTE_IS_KNOWN | remote).to_le_bytes());
    }

    fn attributes(&mut self, field: u64, attributes: &[KeyValue]) {
        attributes.iter().for_each(|pair| self.attribute(field, &pair.key, &pair.value));
    }

    fn attribute(&mut self, field: u64, key: &Key, value: &Value) {
        self.nested(field, |message| {
            message.text(1, key.as_str());
            message.nested(2, |message| message.value(value));
        });
    }

    /// A value of any type. Also the default of a type is written, which says the type.
    fn value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.bytes(1, text.as_str().as_bytes()),
            Value::Bool(is_true) => self.varint_field(2, (*is_true).into()),
            Value::I64(number) => self.varint_field(3, number.cast_unsigned()),
            Value::F64(number) => self.fixed64(4, number.to_bits()),
            Value::Array(array) => self.nested(5, |message| message.array(array)),
            // The SDK adds no type without a new version.
            _ => {}
        }
    }

    fn array(&mut self, array: &Array) {
        let mut item = |value: Value| self.nested(1, |message| message.value(&value));
        match array {
            Array::Bool(values) => values.iter().for_each(|value| item((*value).into())),
            Array::I64(values) => values.iter().for_each(|value| item((*value).into())),
            Array::F64(values) => values.iter().for_each(|value| item((*value).into())),
            Array::String(values) => values.iter().for_each(|value| item(value.clone().into())),
            _ => {}
        }
    }

    /// Nanoseconds since 1970.
    fn time(&mut self, field: u64, time: SystemTime) {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.fixed64(field, u64::try_from(since.as_nanos()).unwrap_or(u64::MAX));
    }

    fn text(&mut self, field: u64, text: &str) {
        if !text.is_empty() {
            self.bytes(field, text.as_bytes());
        }
    }

    fn number(&mut self, field: u64, number: u64) {
        if number != 0 {
            self.varint_field(field, number);
        }
    }

    fn varint_field(&mut self, field: u64, number: u64) {
        self.tag(field, VARINT);
        self.varint(number);
    }

    fn fixed64(&mut self, field: u64, number: u64) {
        self.tag(field, FIXED64);
        self.0.extend(number.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.tag(field, BYTES);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Writes a message within this one, with its length before it, which is known only afterwards.
    fn nested(&mut self, field: u64, write: impl FnOnce(&mut Self)) {
        self.tag(field, BYTES);
        let start = self.0.len();
        self.0.push(0);
        write(self);
        let mut length = Self(Vec::new());
        let len = self.0.len() - start - 1;
        match u8::try_from(len) {
            Ok(len @ ..0x80) => self.0[start] = len,
            _ => {
                length.varint(len as u64);
                self.0.splice(start..=start, length.0);
            }
        }
    }

    fn tag(&mut self, field: u64, wire_type: u64) {
        self.varint(field << 3 | wire_type);
    }

    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }
}

fn kind(kind: &SpanKind) -> u64 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

#[cfg(test)]
mod tests;
