//! Connects and exchanges PRELOGIN.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use bookstore_db::sql_server::prelogin::{ENCRYPT_ON, HEADER, Prelogin, body_length, parse, request};

use super::packets::send;

/// Connects and, unless `is_strict` starts with TLS, exchanges PRELOGIN.
pub(super) fn open(address: SocketAddr, limit: Duration, is_strict: bool) -> io::Result<(TcpStream, Option<Prelogin>)> {
    let mut stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_read_timeout(Some(limit))?;
    stream.set_write_timeout(Some(limit))?;
    stream.set_nodelay(true)?;
    if is_strict {
        return Ok((stream, None));
    }
    send(&mut stream, &request(ENCRYPT_ON))?;
    let mut header = [0; HEADER];
    stream.read_exact(&mut header)?;
    let length = body_length(header).ok_or_else(|| io::Error::other("the answer is not a TDS packet"))?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let prelogin = parse(&body).ok_or_else(|| io::Error::other("the answer is not a PRELOGIN"))?;
    Ok((stream, Some(prelogin)))
}
