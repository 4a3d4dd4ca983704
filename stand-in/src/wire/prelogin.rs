//! PRELOGIN: the options that client and server negotiate first (MS-TDS 2.2.6.5).

use super::packet::malformed;
use std::io;

/// What part of a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Nothing: the client does not support it. The stand-in requires it and refuses the login.
    Nothing,
    /// Only the login.
    LoginOnly,
    /// Everything.
    All,
}

const VERSION: u8 = 0;
const ENCRYPTION: u8 = 1;
const INSTANCE: u8 = 2;
const THREAD: u8 = 3;
const MARS: u8 = 4;
const TERMINATOR: u8 = 0xFF;

const ENCRYPT_OFF: u8 = 0;
const ENCRYPT_ON: u8 = 1;
const ENCRYPT_NOT_SUPPORTED: u8 = 2;
const ENCRYPT_REQUIRED: u8 = 3;

/// Parses a client's PRELOGIN into the requested encryption. Inside TLS (TDS 8) everything is encrypted, whatever the
/// option says: Microsoft's driver sends 2, "not supported", there.
///
/// # Errors
/// When an option lies outside the message, or the terminator is missing.
pub(crate) fn parse(body: &[u8], inside_tls: bool) -> io::Result<Encryption> {
    let mut options = body;
    let mut requested = None;
    loop {
        match options {
            [TERMINATOR, ..] => break,
            &[token, offset_high, offset_low, length_high, length_low, ref rest @ ..] => {
                let offset = usize::from(u16::from_be_bytes([offset_high, offset_low]));
                let length = usize::from(u16::from_be_bytes([length_high, length_low]));
                let value = body.get(offset..offset + length);
                let value =
                    value.ok_or_else(|| malformed(format!("PRELOGIN option {token} lies outside the message")))?;
                if token == ENCRYPTION {
                    requested = value.first().copied();
                }
                options = rest;
            }
            _ => return Err(malformed("PRELOGIN without a terminator".into())),
        }
    }
    match requested {
        _ if inside_tls => Ok(Encryption::All),
        None | Some(ENCRYPT_OFF) => Ok(Encryption::LoginOnly),
        Some(ENCRYPT_ON | ENCRYPT_REQUIRED) => Ok(Encryption::All),
        Some(ENCRYPT_NOT_SUPPORTED) => Ok(Encryption::Nothing),
        Some(other) => Err(malformed(format!("encryption option {other} is not known"))),
    }
}

/// Encodes the server's PRELOGIN: version, encryption, a matching instance, no thread id, no MARS.
pub(crate) fn reply(encryption: Encryption, version: [u8; 4]) -> Vec<u8> {
    let encryption = match encryption {
        Encryption::Nothing => ENCRYPT_REQUIRED,
        Encryption::LoginOnly => ENCRYPT_OFF,
        Encryption::All => ENCRYPT_ON,
    };
    let version = [version[0], version[1], version[2], version[3], 0, 0];
    let options: [(u8, &[u8]); 5] =
        [(VERSION, &version), (ENCRYPTION, &[encryption]), (INSTANCE, &[0]), (THREAD, &[]), (MARS, &[0])];
    let mut head = Vec::new();
    let mut values = Vec::new();
    for (token, value) in options {
        let offset = u16::try_from(options.len() * 5 + 1 + values.len()).unwrap_or(u16::MAX);
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        head.push(token);
        head.extend_from_slice(&offset.to_be_bytes());
        head.extend_from_slice(&length.to_be_bytes());
        values.extend_from_slice(value);
    }
    head.push(TERMINATOR);
    head.extend_from_slice(&values);
    head
}
