//! What a false server sends. The limits that end it are in `db/src/sql_server/reply_limit.rs`.

use fastrand::Rng;

/// Which message of the shop gets the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Prelogin,
    Login,
    Statement,
}

/// A reply, and what the shop reports about it.
#[derive(Clone, Debug)]
pub(crate) struct HostileReply {
    pub(crate) name: &'static str,
    pub(crate) stage: Stage,
    /// Sent first.
    pub(crate) start: Vec<u8>,
    /// Sent again and again after it.
    pub(crate) repeated: Vec<u8>,
    /// What the shop's log names; nothing for bytes without any meaning.
    pub(crate) logged: Option<&'static str>,
}

const LOGIN: &str = "sent more than 256 KiB before the login was complete";
const BYTES: &str = "the reply has more than 4 MiB";
const VALUES: &str = "the reply has more than 50000 values";

/// All hostile replies. Random bytes depend on the seed.
pub(crate) fn all(seed: u64) -> Vec<HostileReply> {
    let reply = |name, stage, start: &[u8], repeated: &[u8], logged| {
        let repeated = repeated.repeat(4000_usize.div_ceil(repeated.len()));
        HostileReply { name, stage, start: packets(start), repeated: packets(&repeated), logged: Some(logged) }
    };
    let mut replies = vec![
        reply("endless PRELOGIN", Stage::Prelogin, &[], &[0], LOGIN),
        reply("endless INFO in a login", Stage::Login, &[], &message(0xAB), LOGIN),
        reply("endless ERROR in a login", Stage::Login, &[], &message(0xAA), LOGIN),
        reply("endless rows", Stage::Statement, &int_columns(1), &[0xD1, 1, 0, 0, 0], VALUES),
        reply("endless rows of NULLs", Stage::Statement, &int_columns(4000), &null_row(4000), VALUES),
        reply("endless rows without columns", Stage::Statement, &int_columns(0), &[0xD1], VALUES),
        reply("endless rowsets", Stage::Statement, &[], &int_columns(10), VALUES),
        reply("65,534 columns", Stage::Statement, &int_columns(65_534), &null_row(65_534), VALUES),
        reply("endless value", Stage::Statement, &endless_value(), &piece(), BYTES),
        reply("value of 2 GiB", Stage::Statement, &value_of_2_gib(), &[0; 4000], BYTES),
        reply("endless INFO", Stage::Statement, &[], &message(0xAB), BYTES),
        reply("endless ERROR", Stage::Statement, &[], &message(0xAA), BYTES),
    ];
    let empty_packet = [4, 0, 0, 8, 0, 0, 0, 0].repeat(500);
    replies.push(HostileReply {
        name: "endless empty packets",
        stage: Stage::Statement,
        start: Vec::new(),
        repeated: empty_packet,
        logged: Some(BYTES),
    });
    let mut rng = Rng::with_seed(seed);
    for stage in [Stage::Prelogin, Stage::Login, Stage::Statement] {
        let bytes: Vec<u8> = std::iter::repeat_with(|| rng.u8(..)).take(4000).collect();
        let (start, repeated) = if rng.bool() { (Vec::new(), bytes) } else { (packets(&bytes), packets(&bytes)) };
        replies.push(HostileReply { name: "garbage", stage, start, repeated, logged: None });
    }
    replies
}

/// Packets of a reply that goes on.
fn packets(payload: &[u8]) -> Vec<u8> {
    let mut packets = Vec::new();
    for piece in payload.chunks(4088) {
        let [high, low] = u16::try_from(piece.len() + 8).unwrap_or(u16::MAX).to_be_bytes();
        packets.extend([4, 0, high, low, 0, 0, 0, 0]);
        packets.extend(piece);
    }
    packets
}

/// COLMETADATA of columns of the type int without names, [MS-TDS] 2.2.7.4.
fn int_columns(count: u16) -> Vec<u8> {
    let columns = [0, 0, 0, 0, 0, 0, 0x38, 0].repeat(count.into());
    [&[0x81], &count.to_le_bytes()[..], &columns].concat()
}

/// NBCROW: a bit per NULL, [MS-TDS] 2.2.7.13.
fn null_row(columns: usize) -> Vec<u8> {
    [vec![0xD2], vec![0xFF; columns.div_ceil(8)]].concat()
}

/// The start of a row with a `varbinary(max)` of unknown length, [MS-TDS] 2.2.5.2.3.
fn endless_value() -> Vec<u8> {
    let column = [0x81, 1, 0, 0, 0, 0, 0, 0, 0, 0xA5, 0xFF, 0xFF, 0];
    [&column[..], &[0xD1], &(u64::MAX - 1).to_le_bytes()].concat()
}

fn piece() -> Vec<u8> {
    [&4000_u32.to_le_bytes()[..], &[0; 4000]].concat()
}

/// The same as one piece.
fn value_of_2_gib() -> Vec<u8> {
    [&endless_value()[..], &0x7FFF_FF00_u32.to_le_bytes()].concat()
}

/// INFO (0xAB) or ERROR (0xAA) of 50000, state 1, class 16, with 1,000 letters, without server and procedure.
fn message(token: u8) -> Vec<u8> {
    let text = [b'x', 0].repeat(1000);
    let length = u16::try_from(text.len() + 14).unwrap_or(u16::MAX).to_le_bytes();
    let number = 50_000_i32.to_le_bytes();
    [&[token], &length[..], &number, &[1, 16], &1000_u16.to_le_bytes(), &text, &[0, 0], &[1, 0, 0, 0]].concat()
}
