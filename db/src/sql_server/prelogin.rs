//! PRELOGIN, the first message of both sides: the server's version, and what encryption it offers. [MS-TDS] 2.2.6.5.

/// The type of a packet with a PRELOGIN of the client, [MS-TDS] 2.2.3.1.1.
pub const PACKET_TYPE: u8 = 0x12;

/// The type of a packet with a reply of the server.
const REPLY_TYPE: u8 = 4;

/// The length of a packet's header in bytes.
pub const HEADER: usize = 8;

/// The largest packet in bytes before a size is negotiated.
pub const MAX_PACKET: usize = 4096;

/// `ENCRYPT_OFF`: only the login is encrypted.
pub const ENCRYPT_OFF: u8 = 0;
/// `ENCRYPT_ON`: everything is encrypted.
pub const ENCRYPT_ON: u8 = 1;
/// `ENCRYPT_NOT_SUP`: the sender has no encryption.
pub const ENCRYPT_NOT_SUP: u8 = 2;

/// The options, each with a token, an offset and a length in 5 bytes, and the byte that ends them.
const VERSION: u8 = 0;
const ENCRYPTION: u8 = 1;
const TERMINATOR: u8 = 0xFF;

/// The server's PRELOGIN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prelogin {
    /// Major and minor version and build, as in `16.0.4135`.
    pub version: String,
    /// What the server offers: [`ENCRYPT_OFF`], [`ENCRYPT_ON`], [`ENCRYPT_NOT_SUP`], or 3 if it requires encryption.
    pub encryption: u8,
}

/// Returns the client's PRELOGIN with this encryption and version 0.
pub const fn request(encryption: u8) -> [u8; 18] {
    [VERSION, 0, 11, 0, 6, ENCRYPTION, 0, 17, 0, 1, TERMINATOR, 0, 0, 0, 0, 0, 0, encryption]
}

/// Returns the length of the body after the header of the server's packet; `None` if the packet cannot be a PRELOGIN.
/// Some servers send it with the client's type.
pub fn body_length(header: [u8; HEADER]) -> Option<usize> {
    let length = usize::from(u16::from_be_bytes([header[2], header[3]])).checked_sub(HEADER)?;
    (matches!(header[0], REPLY_TYPE | PACKET_TYPE) && length <= MAX_PACKET).then_some(length)
}

/// Parses the body of the server's packet. `None` if it has no version or no encryption.
pub fn parse(body: &[u8]) -> Option<Prelogin> {
    let (mut version, mut encryption) = (None, None);
    let mut options = body;
    while let &[token, ref rest @ ..] = options {
        if token == TERMINATOR {
            break;
        }
        let &[a, b, c, d, ref rest @ ..] = rest else { return None };
        let (offset, length) = (usize::from(u16::from_be_bytes([a, b])), usize::from(u16::from_be_bytes([c, d])));
        let value = body.get(offset..offset + length)?;
        match (token, value) {
            (VERSION, [major, minor, high, low, ..]) => {
                version = Some(format!("{major}.{minor}.{}", u16::from_be_bytes([*high, *low])));
            }
            (ENCRYPTION, [byte, ..]) => encryption = Some(*byte),
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
    fn prelogin_has_version_and_encryption() {
        let expected = Prelogin { version: "0.0.0".into(), encryption: ENCRYPT_ON };
        assert_eq!(parse(&request(ENCRYPT_ON)), Some(expected));
    }

    #[test]
    fn damaged_prelogin_is_none() {
        let damaged = [&[][..], &[1], &[1, 0, 99, 0, 1], &[0xFF, 1, 0, 0, 0], &[0, 0, 11, 0, 6, 1, 0, 17, 0, 9, 0xFF]];
        for body in damaged {
            assert_eq!(parse(body), None, "{body:?}");
        }
    }

    #[test]
    fn packet_of_another_protocol_has_no_body() {
        assert_eq!(body_length([REPLY_TYPE, 1, 0, 26, 0, 0, 1, 0]), Some(18));
        for header in [*b"HTTP/1.1", [REPLY_TYPE, 1, 0, 7, 0, 0, 1, 0], [REPLY_TYPE, 1, 0xFF, 0xFF, 0, 0, 1, 0]] {
            assert_eq!(body_length(header), None, "{header:?}");
        }
    }

    proptest! {
        #[test]
        fn damaged_prelogin_never_panics(body in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = parse(&body);
        }
    }
}
