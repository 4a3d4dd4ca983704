//! Reads the fields of a message: little-endian numbers and UTF-16 text, with bounds checks.

use super::packet::malformed;
use std::io;

/// The header type of a transaction descriptor (MS-TDS 2.2.5.3.2).
const TRANSACTION_DESCRIPTOR: u16 = 2;

/// Reads fields from the start of a message.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FieldReader<'a> {
    rest: &'a [u8],
}

impl<'a> FieldReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The unread bytes.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn bytes(&mut self, length: usize) -> io::Result<&'a [u8]> {
        let missing = || malformed(format!("{length} bytes announced, {} there", self.rest.len()));
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(missing)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        self.bytes(N)?.try_into().map_err(|_| malformed("a field of the wrong length".into()))
    }

    pub(crate) fn u8(&mut self) -> io::Result<u8> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> io::Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> io::Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> io::Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Text of `units` UTF-16 code units.
    pub(crate) fn text(&mut self, units: usize) -> io::Result<String> {
        utf16(self.bytes(units.saturating_mul(2))?)
    }

    /// B_VARCHAR: text after its length in one byte.
    pub(crate) fn short_text(&mut self) -> io::Result<String> {
        let units = self.u8()?;
        self.text(usize::from(units))
    }

    /// Reads ALL_HEADERS, which precedes batches, procedure calls and transaction requests (MS-TDS 2.2.5.3). Returns
    /// the transaction descriptor.
    pub(crate) fn headers(&mut self) -> io::Result<Option<u64>> {
        let mut headers = Self::new(self.counted("ALL_HEADERS")?);
        let mut descriptor = None;
        while !headers.is_empty() {
            let mut header = Self::new(headers.counted("a header")?);
            if header.u16()? == TRANSACTION_DESCRIPTOR {
                descriptor = Some(header.u64()?);
            }
        }
        Ok(descriptor)
    }

    /// Bytes after their length, which is four bytes long and counts itself.
    fn counted(&mut self, what: &str) -> io::Result<&'a [u8]> {
        let length = self.u32()? as usize;
        let rest = length.checked_sub(4).ok_or_else(|| malformed(format!("{what} shorter than its length")))?;
        self.bytes(rest)
    }
}

/// Decodes little-endian UTF-16. Lone surrogates become U+FFFD: SQL Server stores them, a Rust string cannot.
pub(crate) fn utf16(bytes: &[u8]) -> io::Result<String> {
    if !bytes.len().is_multiple_of(2) {
        return Err(malformed("UTF-16 text with an odd number of bytes".into()));
    }
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    Ok(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}
