//! A relay between the shop and the server that records what both send.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A relay to one server.
pub(super) struct Relay {
    pub(super) port: u16,
    recorded: Arc<Mutex<Vec<u8>>>,
}

impl Relay {
    pub(super) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let recorded = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&recorded);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.unwrap();
                let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
                tokio::spawn(copy(from_client, to_server, Arc::clone(&record)));
                tokio::spawn(copy(from_server, to_client, Arc::clone(&record)));
            }
        });
        Self { port, recorded }
    }

    /// How often a text occurs in TDS's UTF-16 among all bytes so far.
    pub(super) fn occurrences(&self, text: &str) -> usize {
        let wanted: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.recorded.lock().unwrap().windows(wanted.len()).filter(|window| *window == wanted).count()
    }

    /// How many bytes passed.
    pub(super) fn bytes(&self) -> usize {
        self.recorded.lock().unwrap().len()
    }
}

async fn copy(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, record: Arc<Mutex<Vec<u8>>>) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        record.lock().unwrap().extend_from_slice(&buffer[..length]);
        if to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
    // The other end may be closed already.
    let _ = to.shutdown().await;
}
