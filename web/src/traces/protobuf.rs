//! Messages in protobuf, written field by field
//! (<https://protobuf.dev/programming-guides/encoding/>). A field has a key with its number, up to 2^29 - 1, and its wire
//! type.

use prost::encoding::{WireType, encode_varint, encoded_len_varint};

/// A message that is being written, field by field.
#[derive(Debug, Default)]
pub(super) struct Message(pub(super) Vec<u8>);

impl Message {
    /// A text or bytes. Empty ones are the same as none.
    pub(super) fn bytes(&mut self, field: u32, value: &[u8]) {
        if !value.is_empty() {
            self.present_bytes(field, value);
        }
    }

    /// A text or bytes that are there even if they are empty.
    pub(super) fn present_bytes(&mut self, field: u32, value: &[u8]) {
        self.key(field, WireType::LengthDelimited);
        self.number(value.len() as u64);
        self.0.extend_from_slice(value);
    }

    /// A count. 0 is the same as none.
    pub(super) fn count(&mut self, field: u32, value: u32) {
        if value > 0 {
            self.varint(field, value.into());
        }
    }

    pub(super) fn varint(&mut self, field: u32, value: u64) {
        self.key(field, WireType::Varint);
        self.number(value);
    }

    pub(super) fn fixed32(&mut self, field: u32, value: u32) {
        self.key(field, WireType::ThirtyTwoBit);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn fixed64(&mut self, field: u32, value: u64) {
        self.key(field, WireType::SixtyFourBit);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A message within this one. Its length goes before it, and is known only after it.
    pub(super) fn message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        self.key(field, WireType::LengthDelimited);
        let start = self.0.len();
        // Most lengths take one byte.
        self.0.push(0);
        write(self);
        let length = self.0.len() - start - 1;
        let more = encoded_len_varint(length as u64) - 1;
        if more > 0 {
            // A length has ten bytes at most.
            self.0.extend_from_slice(&[0; 9][..more]);
            self.0.copy_within(start + 1..=start + length, start + 1 + more);
        }
        encode_varint(length as u64, &mut &mut self.0[start..=start + more]);
    }

    pub(super) fn key(&mut self, field: u32, wire: WireType) {
        self.number(u64::from(field << 3) | wire as u64);
    }

    pub(super) fn number(&mut self, value: u64) {
        // Most have one byte.
        match u8::try_from(value) {
            Ok(byte @ 0..128) => self.0.push(byte),
            _ => encode_varint(value, &mut self.0),
        }
    }
}
