//! What client and server negotiated, read from the first bytes that the server sent: the encryption of PRELOGIN, and
//! version and cipher of TLS. The driver reports neither, and the system's TLS libraries do not through it.
//!
//! PRELOGIN and the TLS handshake in TDS packets: [MS-TDS] 2.2.6.5 and 3.3.5.3. ServerHello: RFC 8446, section 4.1.3.

use super::prelogin::{ENCRYPT_OFF, HEADER, body_length, parse};
use crate::connection_string::Encrypt;
use crate::identity::{Encryption, TlsSession};

/// The encryption of a connection whose server's first bytes these are, and its TLS session if they show it.
///
/// A server that requires encryption answers a client that asks for the login alone with another value than
/// `ENCRYPT_OFF`. Without an answer that can be read, what the connection string asks for is assumed.
pub(super) fn negotiated(start: &[u8], asked: Encrypt) -> (Encryption, Option<TlsSession>) {
    if asked == Encrypt::Strict {
        return (Encryption::Full, tls_session(start));
    }
    let prelogin = start.first_chunk::<HEADER>().and_then(|header| body_length(*header));
    let body = prelogin.and_then(|length| start.get(HEADER..HEADER + length));
    let answer = body.and_then(parse).map(|prelogin| prelogin.encryption);
    let is_login_only = asked == Encrypt::Optional && answer.is_none_or(|answer| answer == ENCRYPT_OFF);
    // TLS follows in a packet of its own.
    let tls = prelogin.and_then(|length| start.get(HEADER + length + HEADER..)).and_then(tls_session);
    (if is_login_only { Encryption::LoginOnly } else { Encryption::Full }, tls)
}

/// Reads version and cipher of a TLS record with a ServerHello.
pub fn tls_session(record: &[u8]) -> Option<TlsSession> {
    const HANDSHAKE: u8 = 22;
    const SERVER_HELLO: u8 = 2;
    const RANDOM: usize = 32;
    const SUPPORTED_VERSIONS: u16 = 43;
    let mut hello = Reader(record);
    if hello.byte()? != HANDSHAKE {
        return None;
    }
    hello.take(4)?;
    if hello.byte()? != SERVER_HELLO {
        return None;
    }
    hello.take(3)?;
    let mut version = hello.number()?;
    hello.take(RANDOM)?;
    let session_id = hello.byte()?;
    hello.take(session_id.into())?;
    let cipher = hello.number()?;
    hello.byte()?;
    // TLS 1.3 has its version in an extension, and that of TLS 1.2 before it.
    if let Some(length) = hello.number() {
        let mut extensions = Reader(hello.take(length.into())?);
        while let Some(kind) = extensions.number() {
            let length = extensions.number()?;
            let content = extensions.take(length.into())?;
            if kind == SUPPORTED_VERSIONS {
                version = Reader(content).number()?;
            }
        }
    }
    Some(TlsSession { version: version_name(version), cipher: cipher_name(cipher) })
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn number(&mut self) -> Option<u16> {
        self.take(2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }
}

fn version_name(version: u16) -> String {
    match version {
        0x0301 => "TLS 1.0".to_owned(),
        0x0302 => "TLS 1.1".to_owned(),
        0x0303 => "TLS 1.2".to_owned(),
        0x0304 => "TLS 1.3".to_owned(),
        other => format!("version {other:#06x}"),
    }
}

/// The name of a cipher suite that OpenSSL or SChannel allow:
/// <https://www.iana.org/assignments/tls-parameters/tls-parameters.xhtml#tls-parameters-4>.
fn cipher_name(suite: u16) -> String {
    let name = match suite {
        0x002F => "TLS_RSA_WITH_AES_128_CBC_SHA",
        0x0035 => "TLS_RSA_WITH_AES_256_CBC_SHA",
        0x003C => "TLS_RSA_WITH_AES_128_CBC_SHA256",
        0x003D => "TLS_RSA_WITH_AES_256_CBC_SHA256",
        0x009C => "TLS_RSA_WITH_AES_128_GCM_SHA256",
        0x009D => "TLS_RSA_WITH_AES_256_GCM_SHA384",
        0x009E => "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
        0x009F => "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
        0x1301 => "TLS_AES_128_GCM_SHA256",
        0x1302 => "TLS_AES_256_GCM_SHA384",
        0x1303 => "TLS_CHACHA20_POLY1305_SHA256",
        0xC009 => "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        0xC00A => "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        0xC013 => "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        0xC014 => "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        0xC023 => "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
        0xC024 => "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
        0xC027 => "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
        0xC028 => "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
        0xC02B => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        0xC02C => "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        0xC02F => "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        0xC030 => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        0xCCA8 => "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        0xCCA9 => "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        other => return format!("cipher suite {other:#06x}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::prelogin::{ENCRYPT_ON, request};
    use super::*;

    fn packet(body: &[u8]) -> Vec<u8> {
        [&[4, 1, 0, (HEADER + body.len()) as u8, 0, 0, 1, 0], body].concat()
    }

    /// A record with a ServerHello of this cipher and these extensions.
    fn server_hello(cipher: u16, extensions: &[u8]) -> Vec<u8> {
        let hello = [&[3, 3][..], &[7; 32], &[1, 9], &cipher.to_be_bytes(), &[0], extensions].concat();
        let message = [&[2, 0, 0, hello.len() as u8][..], &hello].concat();
        [&[22, 3, 3, 0, message.len() as u8][..], &message].concat()
    }

    fn session(version: &str, cipher: &str) -> Option<TlsSession> {
        Some(TlsSession { version: version.to_owned(), cipher: cipher.to_owned() })
    }

    #[test]
    fn server_decides_whether_everything_is_encrypted() {
        for (answer, asked, encryption) in [
            (ENCRYPT_OFF, Encrypt::Optional, Encryption::LoginOnly),
            (ENCRYPT_ON, Encrypt::Optional, Encryption::Full),
            // ENCRYPT_REQ: the server forces it.
            (3, Encrypt::Optional, Encryption::Full),
            (ENCRYPT_ON, Encrypt::Mandatory, Encryption::Full),
        ] {
            assert_eq!(negotiated(&packet(&request(answer)), asked).0, encryption, "{answer}, {asked:?}");
        }
        assert_eq!(negotiated(b"", Encrypt::Optional), (Encryption::LoginOnly, None));
    }

    #[test]
    fn version_and_cipher_are_those_of_the_server_hello() {
        let prelogin = packet(&request(ENCRYPT_ON));
        let old = [&prelogin[..], &packet(&server_hello(0xC030, &[]))].concat();
        let expected = session("TLS 1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
        assert_eq!(negotiated(&old, Encrypt::Mandatory).1, expected);
        // supported_versions after another extension.
        let hello = server_hello(0x1302, &[0, 12, 0, 51, 0, 2, 0, 0, 0, 43, 0, 2, 3, 4]);
        assert_eq!(
            negotiated(&hello, Encrypt::Strict),
            (Encryption::Full, session("TLS 1.3", "TLS_AES_256_GCM_SHA384"))
        );
        assert_eq!(tls_session(&server_hello(0xABCD, &[])), session("TLS 1.2", "cipher suite 0xabcd"));
        assert_eq!(tls_session(&[21, 3, 3, 0, 2, 2, 40]), None);
    }

    proptest! {
        #[test]
        fn damaged_bytes_never_panic(start in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..80_usize) {
            let _ = negotiated(&start, Encrypt::Optional);
            let _ = negotiated(&server_hello(0x1302, &[0, 6, 0, 43, 0, 2, 3, 4])[..cut.min(50)], Encrypt::Strict);
        }
    }
}
