//! A false server: a proxy in front of the stand-in that replaces one reply by something that has no end.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::hostile_replies::{HostileReply, Stage};

/// The running proxy. Dropping it closes all connections.
pub(crate) struct HostileServer {
    pub(crate) addr: SocketAddr,
    state: Arc<State>,
    _connections: JoinSet<()>,
}

#[derive(Default)]
struct State {
    reply: Mutex<Option<HostileReply>>,
    /// Connections that got a hostile reply.
    sent: AtomicUsize,
    connections: tokio::sync::Mutex<JoinSet<()>>,
}

impl HostileServer {
    /// # Errors
    /// No port is free.
    pub(crate) async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                shared.connections.lock().await.spawn(async move {
                    // Either side ends a connection at any time.
                    let _ = state.forward(client, server).await;
                });
            }
        });
        Ok(Self { addr, state, _connections: tasks })
    }

    /// Replaces replies by this one from now on, and closes all connections, so that the shop logs in again.
    pub(crate) async fn replace_replies(&self, reply: Option<HostileReply>) {
        *self.state.reply.lock().unwrap_or_else(PoisonError::into_inner) = reply;
        self.state.connections.lock().await.shutdown().await;
    }

    /// The number of connections that got a hostile reply.
    pub(crate) fn sent(&self) -> usize {
        self.state.sent.load(Ordering::Relaxed)
    }
}

impl State {
    /// Forwards the client's messages until the one whose reply is replaced.
    async fn forward(&self, client: TcpStream, server: SocketAddr) -> io::Result<()> {
        let server = TcpStream::connect(server).await?;
        for stream in [&client, &server] {
            stream.set_nodelay(true)?;
        }
        let ((mut client_reads, client_writes), (mut server_reads, mut server_writes)) =
            (client.into_split(), server.into_split());
        let client_writes = Arc::new(tokio::sync::Mutex::new(client_writes));
        let replies = Arc::clone(&client_writes);
        let mut down = JoinSet::new();
        down.spawn(async move {
            let mut buffer = vec![0; 16 << 10];
            while let Ok(read @ 1..) = server_reads.read(&mut buffer).await {
                if replies.lock().await.write_all(&buffer[..read]).await.is_err() {
                    return;
                }
            }
        });
        loop {
            let message = read_message(&mut client_reads).await?;
            let reply = self.reply.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(reply) = reply.filter(|reply| stage(&message) == Some(reply.stage)) {
                self.sent.fetch_add(1, Ordering::Relaxed);
                return flood(&mut *client_writes.lock().await, &reply).await;
            }
            server_writes.write_all(&message).await?;
        }
    }
}

/// A TLS record of application data: the login, since `Encrypt=Optional` encrypts nothing else.
const TLS_DATA: u8 = 0x17;
/// The packet types of PRELOGIN and a remote procedure call, [MS-TDS] 2.2.3.1.1.
const PRELOGIN: u8 = 0x12;
const PROCEDURE_CALL: u8 = 0x03;

fn stage(message: &[u8]) -> Option<Stage> {
    match *message.first()? {
        PRELOGIN => Some(Stage::Prelogin),
        TLS_DATA => Some(Stage::Login),
        PROCEDURE_CALL => Some(Stage::Statement),
        _ => None,
    }
}

/// Reads a TLS record, or a TDS packet, which may contain one.
async fn read_message(client: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut message = vec![0; 5];
    client.read_exact(&mut message).await?;
    let [high, low] = if message[0] == TLS_DATA { [message[3], message[4]] } else { [message[2], message[3]] };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let whole = if message[0] == TLS_DATA { message.len() + length } else { length.max(message.len()) };
    message.resize(whole, 0);
    client.read_exact(&mut message[5..]).await?;
    Ok(message)
}

/// A shop without limits would take it all.
const ENOUGH: usize = 1 << 30;

/// Sends until the client closes the connection.
async fn flood(client: &mut OwnedWriteHalf, reply: &HostileReply) -> io::Result<()> {
    client.write_all(&reply.start).await?;
    let mut sent = 0;
    while sent < ENOUGH {
        client.write_all(&reply.repeated).await?;
        sent += reply.repeated.len();
    }
    Ok(())
}
