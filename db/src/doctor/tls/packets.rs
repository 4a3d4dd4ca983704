//! The packets that carry PRELOGIN, and a handshake of TLS in them.

use std::io::{self, Read, Write};
use std::net::TcpStream;

/// PRELOGIN's packet type, by [MS-TDS] 2.2.3.1.1.
pub(super) const PRELOGIN: u8 = 0x12;
pub(super) const HEADER: usize = 8;
/// The largest packet before a size is agreed on.
pub(super) const PACKET: usize = 4096;

pub(super) fn send(stream: &mut TcpStream, payload: &[u8]) -> io::Result<()> {
    let mut pieces = payload.chunks(PACKET - HEADER).peekable();
    while let Some(piece) = pieces.next() {
        let length = u16::try_from(piece.len() + HEADER).unwrap_or(u16::MAX).to_be_bytes();
        let last = u8::from(pieces.peek().is_none());
        let mut packet = vec![PRELOGIN, last, length[0], length[1], 0, 0, 0, 0];
        packet.extend_from_slice(piece);
        stream.write_all(&packet)?;
    }
    Ok(())
}

/// A stream that carries a handshake in PRELOGIN packets, or as it is.
#[derive(Debug)]
pub(super) struct Framed {
    stream: TcpStream,
    framed: bool,
    outgoing: Vec<u8>,
    /// What is left of the packet that is being read.
    left: usize,
}

impl Framed {
    pub(super) fn new(stream: TcpStream, framed: bool) -> Self {
        Self { stream, framed, outgoing: Vec::new(), left: 0 }
    }

    fn flush_packets(&mut self) -> io::Result<()> {
        if self.outgoing.is_empty() {
            return Ok(());
        }
        let flight = std::mem::take(&mut self.outgoing);
        send(&mut self.stream, &flight)
    }
}

impl Read for Framed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.framed {
            return self.stream.read(buffer);
        }
        self.flush_packets()?;
        while self.left == 0 {
            let mut header = [0; HEADER];
            self.stream.read_exact(&mut header)?;
            self.left = usize::from(u16::from_be_bytes([header[2], header[3]])).saturating_sub(HEADER);
        }
        let most = buffer.len().min(self.left);
        let read = self.stream.read(&mut buffer[..most])?;
        self.left -= read;
        Ok(read)
    }
}

impl Write for Framed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.framed {
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
