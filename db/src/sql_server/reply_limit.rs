//! Limits of what a server may send: a false or broken one must not exhaust the shop's memory. They are far above
//! anything that SQL Server sends to the shop.

use std::fmt;

/// The bytes of a whole login: PRELOGIN, TLS handshake, Kerberos tokens and login reply. A usual one has 5 KiB.
pub(super) const MAX_LOGIN: u64 = 256 << 10;
/// The bytes of the reply to a statement. The longest that the shop asks for are 1,000 books of an export: 1.2 MB.
pub(super) const MAX_REPLY: u64 = 4 << 20;
/// Replies longer than this are large: at most [`LARGE_REPLIES`] of them are read at the same time.
pub(super) const LARGE_REPLY: u64 = 256 << 10;
/// The number of large replies that all connections of the process read at the same time. The others wait.
pub(super) const LARGE_REPLIES: usize = 4;
/// The values and the column descriptions of a reply. A NULL needs one bit on the wire and 40 bytes in memory. The
/// export reads 13,000.
pub(super) const MAX_VALUES: usize = 50_000;
/// The bytes of a value. A `nvarchar(4000)` has 8,000.
pub(super) const MAX_VALUE: usize = 64 << 10;

/// A limit that a reply exceeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyLimit {
    /// The bytes of the reply.
    Bytes,
    /// The number of values and columns.
    Values,
    /// The length of a value.
    ValueLength,
}

impl fmt::Display for ReplyLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes => write!(f, "the reply has more than {} MiB", MAX_REPLY >> 20),
            Self::Values => write!(f, "the reply has more than {MAX_VALUES} values"),
            Self::ValueLength => write!(f, "the reply has a value of more than {} KiB", MAX_VALUE >> 10),
        }
    }
}
