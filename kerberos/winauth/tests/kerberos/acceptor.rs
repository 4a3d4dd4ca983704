//! The client's side of `lab/windows/acceptor.py`.

use std::env;
use std::io::{self, Read, Write};
use std::net::TcpStream;

use winauth::NextBytes;

pub(super) fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run lab/windows/winauth-selftest.sh"))
}

/// Sends a token, or takes one, after its length in four bytes.
fn send(stream: &mut TcpStream, token: &[u8]) -> io::Result<()> {
    let length = u32::try_from(token.len()).expect("a token is short");
    stream.write_all(&[&length.to_be_bytes(), token].concat())
}

fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut token = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut token)?;
    Ok(token)
}

/// Logs in as the driver does, one challenge and one response, and returns what the acceptor reports about the client.
pub(super) fn log_in(client: &mut impl NextBytes) -> io::Result<String> {
    let first = client.next_bytes(None)?.expect("a first token");
    let mut stream = TcpStream::connect(variable("WINAUTH_ACCEPTOR"))?;
    send(&mut stream, &first)?;
    let challenge = receive(&mut stream)?;
    let response = client.next_bytes(Some(&challenge))?;
    assert_eq!(response.as_deref(), Some(&[][..]), "complete, with nothing left to say");
    Ok(String::from_utf8(receive(&mut stream)?).expect("text"))
}
