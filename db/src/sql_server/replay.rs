//! Reads bytes as the replies of a server, in tests and fuzz targets: through the driver, the limits and the conversion
//! to books, as a connection of the pool does.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use socket2::SockRef;
use tiberius::{AuthMethod, Client, Config, EncryptionLevel};
use time::UtcOffset;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::compat::TokioAsyncWriteCompatExt;

use super::connection::Connection;
use super::errors::StatementError;
use super::rows::{self, ServerRow};
use super::wire::WireStream;

/// The largest packet, [MS-TDS] 2.2.3.1.3.
const PACKET: usize = 32_767;
const HEADER: usize = 8;
/// Far longer than any reply takes.
const COMMAND_TIMEOUT: Duration = Duration::from_secs(60);

/// PRELOGIN of a server without encryption: the options VERSION and ENCRYPTION.
pub const PRELOGIN: &[u8] = &[0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 16, 0, 0, 0, 0, 0, 2];
/// LOGINACK of TDS 7.4 with the program name "x", and DONE.
pub const LOGIN: &[u8] =
    &[0xAD, 12, 0, 1, 0x74, 0, 0, 4, 1, b'x', 0, 16, 0, 0, 0, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Which reply of a server the bytes replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The reply to PRELOGIN.
    Prelogin,
    /// The reply to the login.
    Login,
    /// The reply to a statement.
    Statement,
}

/// Sends `payload` in packets as the reply of this stage, and returns the number of rows that a statement then reads.
///
/// # Errors
/// The error of the login or the statement. Its text is the one in the log.
pub async fn read(stage: Stage, payload: &[u8]) -> Result<usize, StatementError> {
    let [prelogin, login, statement] = match stage {
        Stage::Prelogin => [payload, LOGIN, &[]],
        Stage::Login => [PRELOGIN, payload, &[]],
        Stage::Statement => [PRELOGIN, LOGIN, payload],
    };
    let (listener, stream) = connect().await.map_err(tiberius::error::Error::from)?;
    let client = async {
        let stream = WireStream::new(stream);
        let received = stream.received();
        let client = Client::connect(config(), stream.compat_write()).await?;
        let mut connection = Connection::new(client, received, Some(COMMAND_TIMEOUT));
        let rowsets = connection.query("SELECT 1", &[]).await?;
        Ok(convert(&rowsets))
    };
    tokio::select! {
        rows = client => rows,
        never = serve(listener, [packets(prelogin), packets(login), packets(statement)]) => match never {},
    }
}

async fn connect() -> io::Result<(TcpListener, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let stream = TcpStream::connect(listener.local_addr()?).await?;
    // Closes by RST, so that thousands of connections leave no port behind.
    SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
    Ok((listener, stream))
}

/// Sends the replies and waits until the client has gone.
async fn serve(listener: TcpListener, replies: [Vec<u8>; 3]) -> Infallible {
    // A client that rejects a reply closes the connection.
    let _ = send(&listener, &replies).await;
    std::future::pending().await
}

/// Sends all replies and the end of the stream at once, so that a client that expects more does not wait.
async fn send(listener: &TcpListener, replies: &[Vec<u8>]) -> io::Result<()> {
    let (mut stream, _) = listener.accept().await?;
    stream.write_all(&replies.concat()).await?;
    stream.shutdown().await?;
    // Open until the client has read all.
    std::future::pending().await
}

fn config() -> Config {
    let mut config = Config::new();
    config.authentication(AuthMethod::sql_server("x", "x"));
    config.encryption(EncryptionLevel::NotSupported);
    config.handshake_timeout(None);
    config.command_timeout(None);
    config
}

/// Splits a reply into packets.
fn packets(payload: &[u8]) -> Vec<u8> {
    let mut packets = Vec::new();
    let mut pieces = payload.chunks(PACKET - HEADER).peekable();
    while let Some(piece) = pieces.next() {
        let [high, low] = (u16::try_from(piece.len() + HEADER).unwrap_or(u16::MAX)).to_be_bytes();
        packets.extend([4, u8::from(pieces.peek().is_none()), high, low, 0, 0, 0, 0]);
        packets.extend(piece);
    }
    packets
}

/// Converts the rows to all that the shop reads, and returns their number. They may lack every column.
fn convert(rowsets: &[Vec<tiberius::Row>]) -> usize {
    let rows = rowsets.iter().flatten();
    let read = rows.map(|row| {
        let server_row = ServerRow { row, utc_offset: UtcOffset::UTC };
        let _ = (rows::book(server_row), rows::creator(server_row), rows::utc_offset(row));
        let _ = rows::identity(row, None, (crate::identity::Encryption::Full, None));
    });
    read.count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql_server::reply_limit::ReplyLimit;

    const DONE: [u8; 13] = [0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// The description of `count` columns of the type int, without names.
    fn int_columns(count: u16) -> Vec<u8> {
        let columns = [0, 0, 0, 0, 0, 0, 0x38, 0].repeat(count.into());
        [&[0x81], &count.to_le_bytes()[..], &columns].concat()
    }

    /// A row of NULLs: a bit per column.
    fn null_row(columns: usize) -> Vec<u8> {
        [vec![0xD2], vec![0xFF; columns.div_ceil(8)]].concat()
    }

    async fn statement(tokens: &[&[u8]]) -> Result<usize, StatementError> {
        read(Stage::Statement, &[&tokens.concat(), &DONE[..]].concat()).await
    }

    fn exceeds(reply: Result<usize, StatementError>, limit: ReplyLimit) -> bool {
        matches!(reply, Err(StatementError::TooLarge(exceeded)) if exceeded == limit)
    }

    #[tokio::test]
    async fn reply_within_the_limits_is_read() {
        let row = [0xD1, 1, 0, 0, 0];
        assert_eq!(statement(&[&int_columns(1), &row.repeat(1000)]).await.unwrap(), 1000);
    }

    #[tokio::test]
    async fn reply_of_many_nulls_ends_at_the_number_of_values() {
        let wide = statement(&[&int_columns(4000), &null_row(4000).repeat(20)]).await;
        assert!(exceeds(wide, ReplyLimit::Values));
        let rowsets = statement(&[&int_columns(0).repeat(60_000)]).await;
        assert!(exceeds(rowsets, ReplyLimit::Values));
    }

    #[tokio::test]
    async fn endless_messages_end_at_the_length_of_a_reply() {
        // INFO and ERROR: number, state, class, a message of 1,000 letters, no server, no procedure, line 1.
        let text = [b'x', 0].repeat(1000);
        for token in [0xAB, 0xAA] {
            let start = [token, 0xDE, 7, 1, 0, 0, 0, 1, 16, 0xE8, 3];
            let message = [&start, &text[..], &[0, 0, 1, 0, 0, 0]].concat();
            assert!(exceeds(statement(&[&message.repeat(3000)]).await, ReplyLimit::Bytes), "{token:x}");
        }
    }

    #[tokio::test]
    async fn long_value_is_rejected() {
        // One column varbinary(max), and a value in pieces of 8,000 bytes.
        let column = [0x81, 1, 0, 0, 0, 0, 0, 0, 0, 0xA5, 0xFF, 0xFF, 0];
        let piece = [&8000_u32.to_le_bytes()[..], &[0; 8000]].concat();
        let value = |pieces| [&[0xD1][..], &(u64::MAX - 1).to_le_bytes(), &piece.repeat(pieces), &[0; 4]].concat();
        assert_eq!(statement(&[&column, &value(8)]).await.unwrap(), 1);
        assert!(exceeds(statement(&[&column, &value(9)]).await, ReplyLimit::ValueLength));
        assert!(exceeds(statement(&[&column, &value(600)]).await, ReplyLimit::Bytes));
    }

    #[tokio::test]
    async fn long_login_ends_at_its_limit() {
        for stage in [Stage::Prelogin, Stage::Login] {
            let error = read(stage, &vec![0xAB; 300 << 10]).await.unwrap_err();
            assert!(!error.to_string().is_empty(), "{stage:?}");
        }
    }

    #[tokio::test]
    async fn large_replies_do_not_keep_others_from_being_read() {
        let row = [0xD1, 1, 0, 0, 0];
        let reply = [&int_columns(1), &row.repeat(40_000), &DONE[..]].concat();
        let reads = (0..20).map(|_| read(Stage::Statement, &reply));
        for rows in futures_util::future::join_all(reads).await {
            assert_eq!(rows.unwrap(), 40_000);
        }
    }
}
