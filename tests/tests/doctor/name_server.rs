//! A name server that forwards to the domain's own by UDP, except for the queries of its fault. It does not listen for
//! TCP.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// The answer to a query for a service record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameServerFault {
    /// NXDOMAIN, as from a server that does not forward the domain's zone.
    NoSuchName,
    /// A truncated answer, as one over 512 bytes is.
    TruncatedAnswer,
    /// No answer to a reverse look-up, as from a server of a dead zone; service records are forwarded.
    SilentReverseZone,
}

/// Runs until it is dropped.
pub(super) struct NameServer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    pub(super) fn start(address: &str, domain: &str, fault: NameServerFault) -> Self {
        let socket = UdpSocket::bind((address, 53)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let domain = SocketAddr::new(domain.parse().unwrap(), 53);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut query = [0; 512];
            while !stopped.load(Ordering::Relaxed) {
                let Ok((length, client)) = socket.recv_from(&mut query) else { continue };
                if let Some(answer) = answer(&query[..length], domain, fault) {
                    drop(socket.send_to(&answer, client));
                }
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for NameServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().map(JoinHandle::join);
    }
}

/// RFC 1035, 4.1: twelve bytes of header, then the name, the type and the class.
const HEADER: usize = 12;
const SRV: [u8; 2] = [0, 33];
const PTR: [u8; 2] = [0, 12];

fn answer(query: &[u8], domain: SocketAddr, fault: NameServerFault) -> Option<Vec<u8>> {
    let name = query.get(HEADER..)?.iter().position(|byte| *byte == 0)?;
    let end = HEADER + name + 5;
    match (query.get(end - 4..end - 2)?, fault) {
        (kind, NameServerFault::SilentReverseZone) if kind == PTR => return None,
        (kind, NameServerFault::NoSuchName | NameServerFault::TruncatedAnswer) if kind == SRV => {}
        _ => return forward(query, domain),
    }
    let mut answer = query[..end].to_vec();
    let flags: [u8; 2] = if fault == NameServerFault::TruncatedAnswer { [0x83, 0x80] } else { [0x81, 0x83] };
    answer[2..4].copy_from_slice(&flags);
    answer[6..HEADER].fill(0);
    Some(answer)
}

fn forward(query: &[u8], domain: SocketAddr) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    socket.send_to(query, domain).ok()?;
    let mut answer = vec![0; 4096];
    let length = socket.recv(&mut answer).ok()?;
    answer.truncate(length);
    Some(answer)
}
