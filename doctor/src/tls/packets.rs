//! TDS packets that carry PRELOGIN and, in PRELOGIN packets, a TLS handshake.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use bookstore_db::sql_server::prelogin::{HEADER, MAX_PACKET, PACKET_TYPE};

/// How many of the first bytes are kept: more than a ServerHello, which is about a hundred.
const MAX_START: usize = 1024;

pub(super) fn send(stream: &mut TcpStream, payload: &[u8]) -> io::Result<()> {
    let mut pieces = payload.chunks(MAX_PACKET - HEADER).peekable();
    while let Some(piece) = pieces.next() {
        let length = u16::try_from(piece.len() + HEADER).unwrap_or(u16::MAX).to_be_bytes();
        let last = u8::from(pieces.peek().is_none());
        let mut packet = vec![PACKET_TYPE, last, length[0], length[1], 0, 0, 0, 0];
        packet.extend_from_slice(piece);
        stream.write_all(&packet)?;
    }
    Ok(())
}

/// A stream that wraps what it carries in PRELOGIN packets if `is_wrapped`.
#[derive(Debug)]
pub(super) struct PacketStream {
    stream: TcpStream,
    is_wrapped: bool,
    outgoing: Vec<u8>,
    /// Unread bytes of the current packet.
    unread: usize,
    /// The first bytes that were read, without packet headers.
    start: Vec<u8>,
}

impl PacketStream {
    pub(super) fn new(stream: TcpStream, is_wrapped: bool) -> Self {
        Self { stream, is_wrapped, outgoing: Vec::new(), unread: 0, start: Vec::new() }
    }

    /// The first bytes of the server's part of the handshake.
    pub(super) fn start(&self) -> &[u8] {
        &self.start
    }

    fn read_unwrapped(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.is_wrapped {
            return self.stream.read(buffer);
        }
        self.flush_packets()?;
        while self.unread == 0 {
            let mut header = [0; HEADER];
            self.stream.read_exact(&mut header)?;
            self.unread = usize::from(u16::from_be_bytes([header[2], header[3]])).saturating_sub(HEADER);
        }
        let most = buffer.len().min(self.unread);
        let read = self.stream.read(&mut buffer[..most])?;
        self.unread -= read;
        Ok(read)
    }

    fn flush_packets(&mut self) -> io::Result<()> {
        if self.outgoing.is_empty() {
            return Ok(());
        }
        let flight = std::mem::take(&mut self.outgoing);
        send(&mut self.stream, &flight)
    }
}

impl Read for PacketStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.read_unwrapped(buffer)?;
        let space = MAX_START.saturating_sub(self.start.len());
        self.start.extend_from_slice(&buffer[..read.min(space)]);
        Ok(read)
    }
}

impl Write for PacketStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_wrapped {
            return self.stream.write(bytes);
        }
        self.outgoing.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flush_packets()?;
        self.stream.flush()
    }
}
