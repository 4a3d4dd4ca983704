//! The fields of a log span as a JSON object, for the subscriber's JSON lines. Each request has such a span, and most
//! requests have no line. The subscriber's own writer puts the fields into a map first, which took a fifth of a request.

use std::fmt::{self, Debug};
use std::mem;

use serde::Serialize;
use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FormatFields, FormattedFields};

/// Bytes of a request's fields, with a short path.
const USUAL_LENGTH: usize = 192;

/// In place of [`tracing_subscriber::fmt::format::JsonFields`].
pub(super) struct JsonFields;

impl<'w> FormatFields<'w> for JsonFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut object = Object(Vec::with_capacity(USUAL_LENGTH));
        object.0.push(b'{');
        fields.record(&mut object);
        writer.write_str(&object.finish()?)
    }

    fn add_fields(&self, current: &'w mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        let mut object = Object(mem::take(&mut current.fields).into_bytes());
        object.0.pop();
        fields.record(&mut object);
        current.fields = object.finish()?;
        Ok(())
    }
}

/// A JSON object without its end.
struct Object(Vec<u8>);

impl Object {
    fn add(&mut self, field: &Field, value: impl Serialize) {
        self.add_name(field);
        // Writing to memory does not fail, and every value of a field has a form in JSON.
        let _ = serde_json::to_writer(&mut self.0, &value);
    }

    fn add_name(&mut self, field: &Field) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        self.add_text(field.name());
        self.0.push(b':');
    }

    fn add_text(&mut self, text: &str) {
        let is_escaped = |byte| byte < b' ' || byte == b'"' || byte == b'\\';
        // Without an early end, many bytes are compared at a time.
        if text.bytes().fold(false, |found, byte| found | is_escaped(byte)) {
            let _ = serde_json::to_writer(&mut self.0, text);
        } else {
            self.0.push(b'"');
            self.0.extend_from_slice(text.as_bytes());
            self.0.push(b'"');
        }
    }

    fn finish(mut self) -> Result<String, fmt::Error> {
        self.0.push(b'}');
        String::from_utf8(self.0).map_err(|_| fmt::Error)
    }
}

impl Visit for Object {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add_name(field);
        self.add_text(value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;
    use serde_json::Value;
    use tracing::field::{Empty, debug};
    use tracing::subscriber::with_default;
    use tracing::{error, info_span};
    use tracing_subscriber::fmt::format::JsonFields as OfTheSubscriber;
    use tracing_subscriber::fmt::layer;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::registry;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The spans of the one line that is written with these fields.
    fn spans<F>(fields: F, text: &str, number: i64) -> Value
    where
        F: for<'w> FormatFields<'w> + Send + Sync + 'static,
    {
        let lines = Lines::default();
        let writer = lines.clone();
        let lines_layer = layer().json().fmt_fields(fields).with_writer(move || writer.clone());
        with_default(registry().with(lines_layer), || {
            let outer = info_span!("outer", text, number, later = Empty, last = Empty);
            let _outer = outer.enter();
            let size = number.unsigned_abs();
            let _inner = info_span!("inner", size, half = number as f64 / 2.0, is = true, by = %text).entered();
            let _empty = info_span!("empty", none = Empty).entered();
            outer.record("later", debug(text));
            outer.record("last", text);
            error!("a line");
        });
        let bytes = lines.0.lock().unwrap().clone();
        serde_json::from_slice::<Value>(&bytes).unwrap()["spans"].clone()
    }

    proptest! {
        #[test]
        fn line_has_the_spans_that_the_subscriber_writes(
            text in prop_oneof![any::<String>(), "[\\x00-\\x7f]{0,9}"],
            number in any::<i64>(),
        ) {
            let expected = spans(OfTheSubscriber::new(), &text, number);
            prop_assert_eq!(expected.as_array().map(Vec::len), Some(3));
            prop_assert_eq!(spans(JsonFields, &text, number), expected);
        }
    }
}
