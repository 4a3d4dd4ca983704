//! The byte stream of a connection. It keeps the start of what the server has sent, counts the rest, and fails once
//! that is more than allowed: the driver keeps a PRELOGIN, a login reply and a value in memory, however long they are.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::PollSemaphore;

use super::reply_limit::{LARGE_REPLIES, LARGE_REPLY, MAX_LOGIN};

/// How many of the first bytes are kept: more than PRELOGIN and ServerHello, a hundred bytes or two each.
const MAX_START: usize = 1024;

/// The permits for large replies of the process.
static PERMITS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(LARGE_REPLIES)));

/// What the server has sent on one connection, and what it may still send. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Received(Arc<State>);

#[derive(Debug, Default)]
struct State {
    bytes: AtomicU64,
    /// The first bytes.
    start: Mutex<Vec<u8>>,
    /// The value of `bytes` when the current reply began.
    reply_start: AtomicU64,
    /// How long the current reply may be.
    limit: AtomicU64,
    /// Held while a large reply is read.
    permit: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Received {
    /// The number of bytes received so far.
    pub(super) fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Takes the first bytes, at most [`MAX_START`].
    pub(super) fn take_start(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.start.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, received: &[u8]) {
        let before = self.0.bytes.fetch_add(received.len() as u64, Ordering::Relaxed);
        let space = MAX_START.saturating_sub(usize::try_from(before).unwrap_or(MAX_START));
        if space > 0 {
            let mut start = self.0.start.lock().unwrap_or_else(PoisonError::into_inner);
            start.extend_from_slice(&received[..received.len().min(space)]);
        }
    }

    /// Starts a reply of at most `limit` bytes.
    pub(super) fn start_reply(&self, limit: u64) {
        self.0.reply_start.store(self.bytes(), Ordering::Relaxed);
        self.0.limit.store(limit, Ordering::Relaxed);
    }

    /// Ends the reply, so that another connection may read a large one.
    pub(super) fn end_reply(&self) {
        self.set_permit(None);
    }

    /// Whether the server has sent more than it may.
    pub(super) fn is_exceeded(&self) -> bool {
        self.reply_bytes() > self.0.limit.load(Ordering::Relaxed)
    }

    fn reply_bytes(&self) -> u64 {
        self.bytes() - self.0.reply_start.load(Ordering::Relaxed)
    }

    fn needs_permit(&self) -> bool {
        self.reply_bytes() > LARGE_REPLY && self.0.permit.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn set_permit(&self, permit: Option<OwnedSemaphorePermit>) {
        *self.0.permit.lock().unwrap_or_else(PoisonError::into_inner) = permit;
    }
}

/// A stream to a server.
#[derive(Debug)]
pub(super) struct WireStream {
    tcp: TcpStream,
    received: Received,
    permits: PollSemaphore,
}

impl WireStream {
    /// Starts with the reply to a login.
    pub(super) fn new(tcp: TcpStream) -> Self {
        let received = Received::default();
        received.start_reply(MAX_LOGIN);
        Self { tcp, received, permits: PollSemaphore::new(Arc::clone(&PERMITS)) }
    }

    pub(super) fn received(&self) -> Received {
        self.received.clone()
    }
}

impl AsyncRead for WireStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.received.needs_permit() {
            let permit = ready!(self.permits.poll_acquire(context));
            self.received.set_permit(permit);
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.tcp).poll_read(context, buffer))?;
        self.received.add(&buffer.filled()[before..]);
        if self.received.is_exceeded() {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "the server sends too much")));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for WireStream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
