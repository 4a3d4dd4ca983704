//! The stream under TLS: wraps the handshake in TDS packets (MS-TDS 3.3.5.3).

use super::packet::{DEFAULT_PACKET, HEADER, Header, MessageKind, malformed};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream of bytes, encrypted or not.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A stream that wraps its bytes in PRELOGIN packets until [`HandshakeStream::handshake_complete`].
pub(crate) struct HandshakeStream<S> {
    inner: S,
    framed: bool,
    header: Vec<u8>,
    /// Unread bytes of the current packet.
    left: usize,
    outgoing: Vec<u8>,
    framed_out: Vec<u8>,
}

impl<S> HandshakeStream<S> {
    /// `framed`: whether the handshake is wrapped in TDS packets. With TDS 8 it is not.
    pub(crate) fn new(inner: S, framed: bool) -> Self {
        Self { inner, framed, header: Vec::new(), left: 0, outgoing: Vec::new(), framed_out: Vec::new() }
    }

    pub(crate) fn handshake_complete(&mut self) {
        self.framed = false;
    }

    pub(crate) fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: AsyncRead + Unpin> HandshakeStream<S> {
    /// Reads a packet header. True if a payload follows, false at the end of the stream.
    fn poll_header(&mut self, context: &mut Context<'_>) -> Poll<io::Result<bool>> {
        while self.left == 0 {
            let mut rest = [0; HEADER];
            let mut buffer = ReadBuf::new(&mut rest[..HEADER - self.header.len()]);
            ready!(Pin::new(&mut self.inner).poll_read(context, &mut buffer))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(false));
            }
            self.header.extend_from_slice(buffer.filled());
            if let Some(header) = Header::parse(&self.header)? {
                if header.kind != MessageKind::Prelogin {
                    return Poll::Ready(Err(malformed("a TLS handshake outside PRELOGIN packets".into())));
                }
                self.left = header.length - HEADER;
                self.header.clear();
            }
        }
        Poll::Ready(Ok(true))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for HandshakeStream<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.framed {
            return Pin::new(&mut this.inner).poll_read(context, buffer);
        }
        if !ready!(this.poll_header(context))? {
            return Poll::Ready(Ok(()));
        }
        let mut limited = buffer.take(this.left);
        ready!(Pin::new(&mut this.inner).poll_read(context, &mut limited))?;
        let read = limited.filled().len();
        let filled = limited.filled().to_vec();
        buffer.put_slice(&filled);
        this.left -= read;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for HandshakeStream<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if !this.framed {
            return Pin::new(&mut this.inner).poll_write(context, bytes);
        }
        this.outgoing.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.outgoing.is_empty() {
            let flight = std::mem::take(&mut this.outgoing);
            let payload = DEFAULT_PACKET - HEADER;
            let last = flight.chunks(payload).count();
            for (n, piece) in flight.chunks(payload).enumerate() {
                let header =
                    Header::encode(MessageKind::Prelogin, n + 1 == last, piece.len(), u8::try_from(n).unwrap_or(0));
                this.framed_out.extend_from_slice(&header);
                this.framed_out.extend_from_slice(piece);
            }
        }
        while !this.framed_out.is_empty() {
            let written = ready!(Pin::new(&mut this.inner).poll_write(context, &this.framed_out))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            this.framed_out.drain(..written);
        }
        Pin::new(&mut this.inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}
