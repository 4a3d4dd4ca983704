//! TDS packets and their 8-byte header (MS-TDS 2.2.3).

use std::io;

/// The length of a packet's header in bytes.
pub(crate) const HEADER: usize = 8;
/// The packet size in bytes until a login negotiates another.
pub(crate) const DEFAULT_PACKET: usize = 4096;
/// The largest accepted message in bytes.
pub(crate) const MAX_MESSAGE: usize = 64 << 20;

pub(super) const END_OF_MESSAGE: u8 = 0x01;
pub(super) const IGNORE: u8 = 0x02;
pub(super) const RESET_CONNECTION: u8 = 0x08;

/// The type of a message (MS-TDS 2.2.3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageKind {
    Batch,
    Rpc,
    TabularResult,
    Attention,
    TransactionManager,
    Login,
    /// A further token of an integrated login.
    Sspi,
    Prelogin,
}

impl MessageKind {
    fn from_wire(byte: u8) -> Option<Self> {
        Some(match byte {
            0x01 => Self::Batch,
            0x03 => Self::Rpc,
            0x04 => Self::TabularResult,
            0x06 => Self::Attention,
            0x0E => Self::TransactionManager,
            0x10 => Self::Login,
            0x11 => Self::Sspi,
            0x12 => Self::Prelogin,
            _ => return None,
        })
    }

    fn to_wire(self) -> u8 {
        match self {
            Self::Batch => 0x01,
            Self::Rpc => 0x03,
            Self::TabularResult => 0x04,
            Self::Attention => 0x06,
            Self::TransactionManager => 0x0E,
            Self::Login => 0x10,
            Self::Sspi => 0x11,
            Self::Prelogin => 0x12,
        }
    }
}

/// A valid packet header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: MessageKind,
    pub(crate) status: u8,
    /// Length of the whole packet in bytes, header included.
    pub(crate) length: usize,
}

impl Header {
    /// Parses a header from the start of `bytes`; `None` if there are too few.
    pub(crate) fn parse(bytes: &[u8]) -> io::Result<Option<Self>> {
        let &[kind, status, high, low, _, _, _, _, ..] = bytes else { return Ok(None) };
        let kind =
            MessageKind::from_wire(kind).ok_or_else(|| malformed(format!("packet type 0x{kind:02X} is not known")))?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < HEADER {
            return Err(malformed(format!("a packet of {length} bytes is shorter than its header")));
        }
        Ok(Some(Self { kind, status, length }))
    }

    pub(crate) fn encode(kind: MessageKind, last: bool, payload: usize, id: u8) -> [u8; HEADER] {
        let [high, low] = u16::try_from(payload + HEADER).unwrap_or(u16::MAX).to_be_bytes();
        [kind.to_wire(), if last { END_OF_MESSAGE } else { 0 }, high, low, 0, 0, id, 0]
    }
}

/// The error for a valid request that the stand-in does not support. It fails the request only.
pub(crate) fn unsupported(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, what)
}

/// The error for a protocol violation. It closes the connection.
pub(crate) fn malformed(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed TDS: {what}"))
}
