//! A proxy between the shop and its database that breaks connections at chosen bytes.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How a connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// Both sides are closed in order.
    Close,
    /// Both sides get a reset (RST).
    Reset,
    /// The receiver sees the end of the stream; the other direction stays open.
    HalfClose,
    /// Nothing is forwarded for a moment.
    Pause,
    /// Nothing is forwarded any more, and the connection stays open.
    BlackHole,
    /// From here on each byte is a packet of its own.
    Dribble,
    /// One bit is changed. The connection is encrypted, so both sides notice.
    Corrupt,
}

impl Break {
    /// All kinds.
    pub const ALL: [Self; 7] =
        [Self::Close, Self::Reset, Self::HalfClose, Self::Pause, Self::BlackHole, Self::Dribble, Self::Corrupt];
}

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the shop to its database.
    ToServer,
    /// Back.
    ToClient,
}

/// A break that waits for its byte.
#[derive(Clone, Copy, Debug)]
pub struct Armed {
    /// How the connection breaks.
    pub kind: Break,
    /// Which way the byte goes.
    pub direction: Direction,
    /// Bytes that still pass in this direction, on whichever connection.
    pub after: usize,
}

const PAUSE: Duration = Duration::from_millis(30);
/// How long a black hole keeps its connection open: longer than every time-out of the shop in these scenarios.
const HOLD: Duration = Duration::from_secs(20);

type Slot = Arc<Mutex<Option<Armed>>>;

/// The running proxy. Dropping it closes all connections.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub addr: SocketAddr,
    armed: Slot,
    fired: watch::Receiver<usize>,
    _connections: JoinSet<()>,
}

impl Proxy {
    /// Starts a proxy of this server.
    ///
    /// # Errors
    /// No port is free.
    pub async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let armed = Slot::default();
        let (fire, fired) = watch::channel(0);
        let (slot, fire) = (Arc::clone(&armed), Arc::new(fire));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let (slot, fire) = (Arc::clone(&slot), Arc::clone(&fire));
                connections.spawn(async move {
                    // Either side may be gone at any time, which is what the proxy is for.
                    let _ = forward(client, server, &slot, &fire).await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { addr, armed, fired, _connections: tasks })
    }

    /// Arms a break, in place of one that still waits for its byte.
    pub fn arm(&self, armed: Armed) {
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner) = Some(armed);
    }

    /// Disarms a break that still waits for its byte.
    pub fn disarm(&self) {
        *self.armed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Arms a break and waits until it has happened, or until `limit` has passed. Returns whether it has.
    pub async fn fire(&mut self, armed: Armed, limit: Duration) -> bool {
        let before = *self.fired.borrow();
        self.arm(armed);
        let fired = tokio::time::timeout(limit, self.fired.wait_for(|count| *count > before)).await.is_ok();
        self.disarm();
        fired
    }
}

/// One direction of a connection.
struct Pipe {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    is_open: bool,
    dribbles: bool,
}

async fn forward(client: TcpStream, server: SocketAddr, slot: &Slot, fire: &watch::Sender<usize>) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    let ((client_reads, client_writes), (server_reads, server_writes)) = (client.into_split(), server.into_split());
    let pipe = |from, to| Pipe { from, to, is_open: true, dribbles: false };
    let mut pipes = [pipe(client_reads, server_writes), pipe(server_reads, client_writes)];
    let mut buffers = [vec![0; 16 << 10], vec![0; 16 << 10]];
    while pipes.iter().any(|pipe| pipe.is_open) {
        let [up, down] = &mut pipes;
        let [up_buffer, down_buffer] = &mut buffers;
        let (side, read) = tokio::select! {
            read = up.from.read(up_buffer), if up.is_open => (0, read?),
            read = down.from.read(down_buffer), if down.is_open => (1, read?),
        };
        if read == 0 {
            pipes[side].is_open = false;
            let _ = pipes[side].to.shutdown().await;
            continue;
        }
        let direction = if side == 0 { Direction::ToServer } else { Direction::ToClient };
        let bytes = &mut buffers[side][..read];
        let Some((at, kind)) = due(slot, direction, read) else {
            pipes[side].send(bytes).await?;
            continue;
        };
        pipes[side].send(&bytes[..at]).await?;
        fire.send_modify(|count| *count += 1);
        match kind {
            Break::Close => return Ok(()),
            Break::Reset => return reset(pipes),
            Break::HalfClose => {
                pipes[side].is_open = false;
                pipes[side].to.shutdown().await?;
                continue;
            }
            Break::Pause => sleep(PAUSE).await,
            Break::BlackHole => {
                sleep(HOLD).await;
                return Ok(());
            }
            Break::Dribble => pipes[side].dribbles = true,
            Break::Corrupt => bytes[at] ^= 1,
        }
        pipes[side].send(&bytes[at..]).await?;
    }
    Ok(())
}

impl Pipe {
    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.dribbles {
            return self.to.write_all(bytes).await;
        }
        for byte in bytes {
            self.to.write_all(&[*byte]).await?;
        }
        Ok(())
    }
}

/// The break that is due among the next `read` bytes, and after how many of them.
fn due(slot: &Slot, direction: Direction, read: usize) -> Option<(usize, Break)> {
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    let armed = slot.as_mut().filter(|armed| armed.direction == direction)?;
    if armed.after >= read {
        armed.after -= read;
        return None;
    }
    let due = (armed.after, armed.kind);
    *slot = None;
    Some(due)
}

fn reset(pipes: [Pipe; 2]) -> io::Result<()> {
    let [up, down] = pipes;
    let whole = |reads: OwnedReadHalf, writes| reads.reunite(writes).map_err(io::Error::other);
    for stream in [whole(up.from, down.to)?, whole(down.from, up.to)?] {
        socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    }
    Ok(())
}
