//! PRELOGIN: what is asked, and what the server's answer says.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::packets::{HEADER, PACKET, PRELOGIN, send};

/// `ENCRYPT_NOT_SUP`, by [MS-TDS] 2.2.6.5.
pub(super) const NO_ENCRYPTION: u8 = 2;

/// What a server's PRELOGIN says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Prelogin {
    pub(super) version: String,
    pub(super) encryption: u8,
}

/// Connects and, unless TLS comes first, asks.
pub(super) fn open(address: SocketAddr, patience: Duration, strict: bool) -> io::Result<(TcpStream, Option<Prelogin>)> {
    let mut stream = TcpStream::connect_timeout(&address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.set_nodelay(true)?;
    if strict {
        return Ok((stream, None));
    }
    send(&mut stream, &REQUEST)?;
    let mut header = [0; HEADER];
    stream.read_exact(&mut header)?;
    // An answer has the type of a reply; some servers say PRELOGIN.
    if !matches!(header[0], 0x04 | PRELOGIN) {
        return Err(io::Error::other("the answer is no TDS packet"));
    }
    let length = usize::from(u16::from_be_bytes([header[2], header[3]])).saturating_sub(HEADER);
    let mut body = vec![0; length.min(PACKET)];
    stream.read_exact(&mut body)?;
    let prelogin = parse(&body).ok_or_else(|| io::Error::other("the answer is no PRELOGIN"))?;
    Ok((stream, Some(prelogin)))
}

/// Version 0 and ENCRYPT_ON: two options, the end mark, their values.
const REQUEST: [u8; 18] = [0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 0, 0, 0, 0, 0, 0, 1];

/// The options VERSION (0) and ENCRYPTION (1) of a PRELOGIN.
fn parse(body: &[u8]) -> Option<Prelogin> {
    let (mut version, mut encryption) = (None, None);
    let mut options = body;
    while let &[token, ref rest @ ..] = options {
        if token == 0xFF {
            break;
        }
        let &[a, b, c, d, ref rest @ ..] = rest else { return None };
        let (offset, length) = (usize::from(u16::from_be_bytes([a, b])), usize::from(u16::from_be_bytes([c, d])));
        let value = body.get(offset..offset + length)?;
        match (token, value) {
            (0, [major, minor, high, low, ..]) => {
                version = Some(format!("{major}.{minor}.{}", u16::from_be_bytes([*high, *low])));
            }
            (1, [byte, ..]) => encryption = Some(*byte),
            _ => {}
        }
        options = rest;
    }
    Some(Prelogin { version: version?, encryption: encryption? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_prelogin_tells_version_and_encryption() {
        assert_eq!(parse(&REQUEST), Some(Prelogin { version: "0.0.0".into(), encryption: 1 }));
        assert_eq!(parse(&[0, 0, 11, 0, 6, 1, 0, 17, 0, 9, 0xFF]), None);
    }

    proptest! {
        #[test]
        fn no_prelogin_panics(body in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse(&body);
        }
    }
}
