//! A name server between a shop and the domain's own: it forwards by UDP, and misbehaves with service records. Nobody listens for TCP.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// What it answers to a question for a service record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// There is no such name: a server to which the domain's zone is not forwarded.
    NoSuchName,
    /// An answer that is cut, as one over 512 bytes is.
    Cut,
}

/// Runs until it is dropped.
pub(super) struct NameServer {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl NameServer {
    pub(super) fn start(address: &str, domain: &str, mood: Mood) -> Self {
        let socket = UdpSocket::bind((address, 53)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let domain = SocketAddr::new(domain.parse().unwrap(), 53);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut question = [0; 512];
            while !stopped.load(Ordering::Relaxed) {
                let Ok((length, client)) = socket.recv_from(&mut question) else { continue };
                if let Some(answer) = answer(&question[..length], domain, mood) {
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

fn answer(question: &[u8], domain: SocketAddr, mood: Mood) -> Option<Vec<u8>> {
    let name = question.get(HEADER..)?.iter().position(|byte| *byte == 0)?;
    let end = HEADER + name + 5;
    if question.get(end - 4..end - 2)? != SRV {
        return forward(question, domain);
    }
    let mut answer = question[..end].to_vec();
    let flags: [u8; 2] = if mood == Mood::Cut { [0x83, 0x80] } else { [0x81, 0x83] };
    answer[2..4].copy_from_slice(&flags);
    answer[6..HEADER].fill(0);
    Some(answer)
}

fn forward(question: &[u8], domain: SocketAddr) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    socket.send_to(question, domain).ok()?;
    let mut answer = vec![0; 4096];
    let length = socket.recv(&mut answer).ok()?;
    answer.truncate(length);
    Some(answer)
}
