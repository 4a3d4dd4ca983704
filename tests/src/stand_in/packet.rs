//! TDS packets: the 8-byte header, messages put together from packets, and replies cut into them (MS-TDS 2.2.3).

use super::gate::Gate;
use bytes::{Buf, Bytes, BytesMut};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The length of a packet's header in bytes.
pub(crate) const HEADER: usize = 8;
/// The packet size in bytes before a login has agreed on another.
pub(crate) const DEFAULT_PACKET: usize = 4096;
/// The largest message in bytes that is taken from a client.
pub(crate) const MAX_MESSAGE: usize = 64 << 20;

const END_OF_MESSAGE: u8 = 0x01;
const IGNORE: u8 = 0x02;

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Batch,
    Rpc,
    Reply,
    Attention,
    TransactionManager,
    Login,
    /// A further token of an integrated login.
    Sspi,
    Prelogin,
}

impl Kind {
    fn from_wire(byte: u8) -> Option<Self> {
        Some(match byte {
            0x01 => Self::Batch,
            0x03 => Self::Rpc,
            0x04 => Self::Reply,
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
            Self::Reply => 0x04,
            Self::Attention => 0x06,
            Self::TransactionManager => 0x0E,
            Self::Login => 0x10,
            Self::Sspi => 0x11,
            Self::Prelogin => 0x12,
        }
    }
}

/// A packet's header, checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) status: u8,
    /// Of the whole packet, header included.
    pub(crate) length: usize,
}

impl Header {
    /// Reads a header from the first bytes of `bytes`; `None` while they are too few.
    pub(crate) fn parse(bytes: &[u8]) -> io::Result<Option<Self>> {
        let &[kind, status, high, low, _, _, _, _, ..] = bytes else { return Ok(None) };
        let kind = Kind::from_wire(kind).ok_or_else(|| malformed(format!("packet type 0x{kind:02X} is not known")))?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < HEADER {
            return Err(malformed(format!("a packet of {length} bytes is shorter than its header")));
        }
        Ok(Some(Self { kind, status, length }))
    }

    pub(crate) fn encode(kind: Kind, last: bool, payload: usize, id: u8) -> [u8; HEADER] {
        let [high, low] = u16::try_from(payload + HEADER).unwrap_or(u16::MAX).to_be_bytes();
        [kind.to_wire(), if last { END_OF_MESSAGE } else { 0 }, high, low, 0, 0, id, 0]
    }
}

/// A whole message.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) kind: Kind,
    pub(crate) body: Bytes,
}

/// Reads messages. Cancelling [`MessageReader::next`] loses nothing: what has come so far stays in the reader.
pub(crate) struct MessageReader<R> {
    source: R,
    raw: BytesMut,
    body: BytesMut,
}

impl<R: AsyncRead + Unpin> MessageReader<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, raw: BytesMut::new(), body: BytesMut::new() }
    }

    /// The next message, or `None` when the client has hung up between two messages.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Message>> {
        loop {
            if let Some(message) = self.take_packet()? {
                return Ok(Some(message));
            }
            if self.source.read_buf(&mut self.raw).await? == 0 {
                let whole = self.raw.is_empty() && self.body.is_empty();
                return if whole { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
    }

    /// Moves whole packets from `raw` to `body` until one ends a message.
    fn take_packet(&mut self) -> io::Result<Option<Message>> {
        while let Some(header) = Header::parse(&self.raw)? {
            if self.raw.len() < header.length {
                return Ok(None);
            }
            self.raw.advance(HEADER);
            self.body.extend_from_slice(&self.raw.split_to(header.length - HEADER));
            if self.body.len() > MAX_MESSAGE {
                return Err(malformed(format!("a message of more than {MAX_MESSAGE} bytes")));
            }
            if header.status & END_OF_MESSAGE != 0 {
                let body = self.body.split().freeze();
                if header.status & IGNORE == 0 {
                    return Ok(Some(Message { kind: header.kind, body }));
                }
            }
        }
        Ok(None)
    }

    /// The source, with nothing read ahead: a message that came early is a protocol error here.
    pub(crate) fn into_inner(self) -> io::Result<R> {
        if self.raw.is_empty() {
            Ok(self.source)
        } else {
            Err(malformed("bytes after the end of a message of the login".into()))
        }
    }
}

/// Writes one reply after another, cut into packets of the agreed size.
pub(crate) struct ReplyWriter<W> {
    sink: W,
    packet: usize,
    pending: BytesMut,
    id: u8,
    cut_after: Option<usize>,
    hold: Option<Gate>,
    pause: Option<Duration>,
}

impl<W: AsyncWrite + Unpin> ReplyWriter<W> {
    pub(crate) fn new(sink: W) -> Self {
        Self { sink, packet: DEFAULT_PACKET, pending: BytesMut::new(), id: 0, cut_after: None, hold: None, pause: None }
    }

    /// From the next reply on, packets are `size` bytes long, header included.
    pub(crate) fn set_packet_size(&mut self, size: usize) {
        self.packet = size.max(HEADER + 1);
    }

    /// The connection ends once `bytes` more bytes are written.
    pub(crate) fn cut_after(&mut self, bytes: usize) {
        self.cut_after = Some(bytes);
    }

    /// The next reply does not end before the gate opens.
    pub(crate) fn hold(&mut self, gate: Gate) {
        self.hold = Some(gate);
    }

    /// From the next reply on, there is so long a pause after each byte.
    pub(crate) fn trickle(&mut self, pause: Duration) {
        self.pause = Some(pause);
    }

    /// Adds to the current reply; what fills packets is sent.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.pending.extend_from_slice(bytes);
        while self.pending.len() > self.packet - HEADER {
            self.send(self.packet - HEADER, false).await?;
        }
        Ok(())
    }

    /// Ends the current reply.
    pub(crate) async fn finish(&mut self) -> io::Result<()> {
        if let Some(gate) = self.hold.take() {
            gate.pass().await;
        }
        self.send(self.pending.len(), true).await?;
        self.id = 0;
        self.sink.flush().await
    }

    async fn send(&mut self, length: usize, last: bool) -> io::Result<()> {
        self.id = self.id.wrapping_add(1);
        let mut packet = Vec::with_capacity(HEADER + length);
        packet.extend_from_slice(&Header::encode(Kind::Reply, last, length, self.id));
        packet.extend_from_slice(&self.pending.split_to(length));
        let Some(left) = self.cut_after else { return self.send_at_pace(&packet).await };
        self.sink.write_all(&packet[..left.min(packet.len())]).await?;
        self.sink.flush().await?;
        self.cut_after = Some(left.saturating_sub(packet.len()));
        if left < packet.len() { Err(io::Error::other("cut by a fault on demand")) } else { Ok(()) }
    }

    async fn send_at_pace(&mut self, packet: &[u8]) -> io::Result<()> {
        let Some(pause) = self.pause else { return self.sink.write_all(packet).await };
        for byte in packet {
            self.sink.write_all(&[*byte]).await?;
            self.sink.flush().await?;
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    pub(crate) fn into_inner(self) -> W {
        self.sink
    }
}

/// The client broke the protocol; its connection ends.
pub(crate) fn malformed(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed TDS: {what}"))
}
