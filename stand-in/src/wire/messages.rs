//! Messages: assembled from incoming packets, split into outgoing packets.

use super::fields::FieldReader;
use super::packet::{
    DEFAULT_PACKET, END_OF_MESSAGE, HEADER, Header, IGNORE, MAX_MESSAGE, MessageKind, RESET_CONNECTION, malformed,
};
use crate::gate::Gate;
use bytes::{Buf, Bytes, BytesMut};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A complete message.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) kind: MessageKind,
    /// Whether the session is to be reset first, because a pool gives the connection to another user.
    pub(crate) resets: bool,
    /// Whether the client cancelled the message before its last packet (MS-TDS 2.2.1.7).
    pub(crate) ignored: bool,
    pub(crate) body: Bytes,
}

impl Message {
    /// The descriptor of the transaction that a request belongs to; `None` if the client sends none.
    pub(crate) fn transaction(&self) -> io::Result<Option<u64>> {
        FieldReader::new(&self.body).headers()
    }
}

/// Reads messages. [`MessageReader::next`] is cancel-safe: bytes received so far stay in the reader.
pub(crate) struct MessageReader<R> {
    source: R,
    raw: BytesMut,
    body: BytesMut,
    resets: bool,
}

impl<R: AsyncRead + Unpin> MessageReader<R> {
    pub(crate) fn new(source: R) -> Self {
        Self { source, raw: BytesMut::new(), body: BytesMut::new(), resets: false }
    }

    /// The next message, or `None` if the client closed the connection between two messages.
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
            self.resets |= header.status & RESET_CONNECTION != 0;
            self.body.extend_from_slice(&self.raw.split_to(header.length - HEADER));
            if self.body.len() > MAX_MESSAGE {
                return Err(malformed(format!("a message of more than {MAX_MESSAGE} bytes")));
            }
            if header.status & END_OF_MESSAGE != 0 {
                let body = self.body.split().freeze();
                let resets = std::mem::take(&mut self.resets);
                let ignored = header.status & IGNORE != 0;
                return Ok(Some(Message { kind: header.kind, resets, ignored, body }));
            }
        }
        Ok(None)
    }

    /// Returns the source. Bytes read ahead are a protocol error at this point.
    pub(crate) fn into_inner(self) -> io::Result<R> {
        if self.raw.is_empty() {
            Ok(self.source)
        } else {
            Err(malformed("bytes after the end of a message of the login".into()))
        }
    }
}

/// Writes replies, split into packets of the negotiated size.
pub(crate) struct ReplyWriter<W> {
    sink: W,
    packet: usize,
    pending: BytesMut,
    id: u8,
    /// Whether packets of the current message were sent.
    has_sent_part: bool,
    cut_after: Option<usize>,
    hold: Option<Gate>,
    pause: Option<Duration>,
}

impl<W: AsyncWrite + Unpin> ReplyWriter<W> {
    pub(crate) fn new(sink: W) -> Self {
        Self {
            sink,
            packet: DEFAULT_PACKET,
            pending: BytesMut::new(),
            id: 0,
            has_sent_part: false,
            cut_after: None,
            hold: None,
            pause: None,
        }
    }

    /// Sets the packet size in bytes, header included.
    pub(crate) fn set_packet_size(&mut self, size: usize) {
        self.packet = size.max(HEADER + 1);
    }

    /// Makes writing fail after `bytes` more bytes.
    pub(crate) fn cut_after(&mut self, bytes: usize) {
        self.cut_after = Some(bytes);
    }

    /// Holds back the end of the next reply until the gate opens.
    pub(crate) fn hold(&mut self, gate: Gate) {
        self.hold = Some(gate);
    }

    /// Pauses after each byte from now on.
    pub(crate) fn trickle(&mut self, pause: Duration) {
        self.pause = Some(pause);
    }

    /// Appends to the current reply. Sends full packets.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.pending.extend_from_slice(bytes);
        while self.pending.len() > self.packet - HEADER {
            self.send(self.packet - HEADER, false).await?;
        }
        Ok(())
    }

    /// Whether packets of the current reply were sent.
    pub(crate) fn has_sent_part(&self) -> bool {
        self.has_sent_part
    }

    /// Ends the current reply.
    pub(crate) async fn finish(&mut self) -> io::Result<()> {
        if let Some(gate) = self.hold.take() {
            gate.wait().await;
        }
        self.send(self.pending.len(), true).await?;
        (self.id, self.has_sent_part) = (0, false);
        self.sink.flush().await
    }

    async fn send(&mut self, length: usize, last: bool) -> io::Result<()> {
        (self.id, self.has_sent_part) = (self.id.wrapping_add(1), true);
        let mut packet = Vec::with_capacity(HEADER + length);
        packet.extend_from_slice(&Header::encode(MessageKind::TabularResult, last, length, self.id));
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

/// Reads one message of one of these kinds, with nothing after it.
pub(crate) async fn read_message(stream: &mut (impl AsyncRead + Unpin), kinds: &[MessageKind]) -> io::Result<Bytes> {
    let mut reader = MessageReader::new(stream);
    let message = reader.next().await?.ok_or(io::ErrorKind::UnexpectedEof)?;
    reader.into_inner()?;
    if kinds.contains(&message.kind) && !message.ignored {
        Ok(message.body)
    } else {
        Err(malformed(format!("{:?} instead of {kinds:?}", message.kind)))
    }
}
