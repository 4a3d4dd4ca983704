//! LOGIN7: the login request of a client (MS-TDS 2.2.6.4).

use super::fields::{FieldReader, utf16};
use super::packet::malformed;
use std::fmt;
use std::io;

/// The longest text field in UTF-16 units (MS-TDS 2.2.6.4).
const MAX_UNITS: usize = 128;

/// How the client authenticates.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// A SQL login.
    Password { user: String, password: String },
    /// The first token of an integrated login (SSPI or GSSAPI).
    Integrated(Vec<u8>),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { user, .. } => f.debug_struct("Password").field("user", user).finish_non_exhaustive(),
            Self::Integrated(token) => write!(f, "Integrated({} bytes)", token.len()),
        }
    }
}

/// The content of a LOGIN7 message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoginRequest {
    pub(crate) tds_version: u32,
    /// The requested packet size in bytes.
    pub(crate) packet_size: u32,
    pub(crate) credentials: Credentials,
    pub(crate) host_name: String,
    pub(crate) app_name: String,
    pub(crate) server_name: String,
    /// Empty for the login's default database.
    pub(crate) database: String,
    pub(crate) read_only: bool,
}

const INTEGRATED_SECURITY: u8 = 0x80;
const READ_ONLY_INTENT: u8 = 0x20;

/// Parses a LOGIN7 message.
///
/// # Errors
/// When a field lies outside the message or is too long.
pub(crate) fn parse(body: &[u8]) -> io::Result<LoginRequest> {
    let mut fixed = FieldReader::new(body);
    if fixed.u32()? as usize != body.len() {
        return Err(malformed("LOGIN7 with a wrong length".into()));
    }
    let tds_version = fixed.u32()?;
    let packet_size = fixed.u32()?;
    fixed.bytes(12)?; // client version, process, connection
    let [_, flags2, type_flags, _] = fixed.array()?;
    fixed.bytes(8)?; // time zone, locale
    let mut text = || variable(body, &mut fixed, 2).and_then(utf16);
    let host_name = text()?;
    let user = text()?;
    let password = variable(body, &mut fixed, 2).and_then(|hidden| utf16(&reveal(hidden)))?;
    let mut text = || variable(body, &mut fixed, 2).and_then(utf16);
    let (app_name, server_name) = (text()?, text()?);
    variable(body, &mut fixed, 1)?; // feature extensions: none of them changes how this server answers
    let mut text = || variable(body, &mut fixed, 2).and_then(utf16);
    let (_library, _language, database) = (text()?, text()?, text()?);
    fixed.bytes(6)?; // client id
    let token = token(body, &mut fixed)?;
    let integrated = flags2 & INTEGRATED_SECURITY != 0;
    let credentials =
        if integrated { Credentials::Integrated(token.to_vec()) } else { Credentials::Password { user, password } };
    let read_only = type_flags & READ_ONLY_INTENT != 0;
    Ok(LoginRequest { tds_version, packet_size, credentials, host_name, app_name, server_name, database, read_only })
}

/// A field located by offset and length in the fixed part; `unit` is the length's unit in bytes.
fn variable<'a>(body: &'a [u8], fixed: &mut FieldReader<'_>, unit: usize) -> io::Result<&'a [u8]> {
    let (offset, length) = (usize::from(fixed.u16()?), usize::from(fixed.u16()?));
    if unit > 1 && length > MAX_UNITS {
        return Err(malformed(format!("a LOGIN7 field of {length} characters; {MAX_UNITS} are allowed")));
    }
    slice(body, offset, length * unit)
}

fn token<'a>(body: &'a [u8], fixed: &mut FieldReader<'_>) -> io::Result<&'a [u8]> {
    let (offset, short) = (usize::from(fixed.u16()?), fixed.u16()?);
    fixed.bytes(8)?; // file to attach, new password
    let long = fixed.u32()?;
    let length = if short == u16::MAX && long > 0 { long as usize } else { usize::from(short) };
    slice(body, offset, length)
}

fn slice(body: &[u8], offset: usize, length: usize) -> io::Result<&[u8]> {
    let end = offset.checked_add(length);
    end.and_then(|end| body.get(offset..end)).ok_or_else(|| malformed("a LOGIN7 field lies outside the message".into()))
}

/// Decodes an obfuscated password: each byte is XORed with 0xA5, then its halves are swapped.
fn reveal(hidden: &[u8]) -> Vec<u8> {
    hidden.iter().map(|byte| (byte ^ 0xA5).rotate_left(4)).collect()
}
