//! The protocol, where drivers do not reach. After "[MS-TDS]: Tabular Data Stream Protocol"
//! (<https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/>).

use super::client::{PASSWORD, server};
use super::raw::{
    ATTENTION, ATTENTION_DONE, BATCH, CALL, END, ERROR, IGNORE, RawClient, TRANSACTION, done_status, error_number,
    login7, packet, prelogin, request, utf16,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn message_cancelled_half_sent_gets_one_done_with_an_error() {
    // 2.2.1.7 Attention: <https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/dc28579f-49b1-4a78-9c5f-63fbda002d2e>
    let server = server().await;
    let mut client = RawClient::connect(&server).await;
    client.send(BATCH, 0, &request(0, &utf16("SELECT 1 AS"))).await;
    client.send(BATCH, END | IGNORE, &utf16(" n")).await;
    let message = client.message().await;
    assert_eq!((message.len(), done_status(&message)), (13, ERROR), "a single DONE");
    assert_eq!(done_status(&client.batch("SELECT 1 AS n", 0).await) & ERROR, 0);
}

/// 3.2.5.9 Sent Attention State, by which a client reads on until a reply has the acknowledgement:
/// <https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/61fb4f9d-95ec-4171-8d4b-dac4eb16149f>
#[tokio::test]
async fn attention_is_acknowledged_in_a_message_of_its_own() {
    let server = server().await;
    let mut client = RawClient::connect(&server).await;
    for sql in ["WAITFOR DELAY '00:10:00'", ENDLESS_ROWS, ""] {
        if !sql.is_empty() {
            client.send(BATCH, END, &request(0, &utf16(sql))).await;
        }
        if sql == ENDLESS_ROWS {
            client.packet().await;
        }
        client.send(ATTENTION, END, &[]).await;
        if sql == ENDLESS_ROWS {
            assert_eq!(done_status(&client.message().await) & ATTENTION_DONE, 0, "the reply that was cut short");
        }
        assert_eq!(done_status(&client.message().await), ATTENTION_DONE, "{sql}");
        assert_eq!(done_status(&client.batch("SELECT 1 AS n", 0).await) & ATTENTION_DONE, 0, "{sql}");
    }
}

const ENDLESS_ROWS: &str = "WITH d AS (SELECT n FROM (VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)) AS v (n))
    SELECT a.n, b.n AS m FROM d AS a CROSS JOIN d AS b CROSS JOIN d AS c CROSS JOIN d AS e CROSS JOIN d AS f
    CROSS JOIN d AS g CROSS JOIN d AS h CROSS JOIN d AS i CROSS JOIN d AS j CROSS JOIN d AS k CROSS JOIN d AS l";

#[tokio::test]
async fn several_calls_in_one_message_each_get_their_status() {
    // 2.2.6.6 RPC Request, RPCReqBatch: drivers send executemany so.
    let server = server().await;
    let mut client = RawClient::connect(&server).await;
    let call = |sql: &str| {
        let text = utf16(sql);
        let size = u16::try_from(text.len()).unwrap().to_le_bytes();
        let parameter = [&[0, 0, 0xE7][..], &8000_u16.to_le_bytes(), &[9, 4, 0xD0, 0, 0x34], &size, &text].concat();
        [&[0xFF, 0xFF, 10, 0, 0, 0][..], &parameter].concat()
    };
    let calls =
        [call("CREATE TABLE dbo.T (n INT)"), call("SELECT * FROM dbo.Missing"), call("DROP TABLE dbo.T")].join(&0xFF);
    client.send(CALL, END, &request(0, &calls)).await;
    let message = client.message().await;
    let done: Vec<_> =
        message.windows(3).filter(|bytes| bytes[0] == 0xFE && bytes[2] == 0).map(|bytes| bytes[1]).collect();
    assert_eq!(done, [1, 3, 0], "DONEPROC: more, more after an error, the last");
}

#[tokio::test]
async fn transactions_have_descriptors_that_requests_must_name() {
    // 2.2.5.3.2 Transaction Descriptor Header:
    // <https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/4257dd95-ef6c-4621-b75d-270738487d68>
    let server = server().await;
    let mut client = RawClient::connect(&server).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let begun = client.batch("BEGIN TRANSACTION", 0).await;
        // ENVCHANGE (0xE3), its length, type 8, and eight bytes.
        assert_eq!((begun[0], begun[3], begun[4]), (0xE3, 8, 8));
        let descriptor = u64::from_le_bytes(begun[5..13].try_into().unwrap());
        assert_eq!(error_number(&client.batch("SELECT 1 AS n", 0).await), Some(3989));
        assert_eq!(error_number(&client.batch("SELECT 1 AS n", descriptor + 1).await), Some(3971));
        assert_eq!(done_status(&client.batch("ROLLBACK", descriptor).await) & ERROR, 0);
        seen.push(descriptor);
    }
    assert_ne!(seen[0], seen[1]);
}

#[tokio::test]
async fn unsupported_transaction_requests_get_an_error() {
    // 2.2.6.9 Transaction Manager Request:
    // <https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/0fb28ba5-ddcb-4d02-95c3-aa5b05ec6092>
    let server = server().await;
    let mut client = RawClient::connect(&server).await;
    let save = [&[9, 0, 1][..], &utf16("s")].concat();
    for body in [vec![0, 0, 0, 0], vec![1, 0, 0, 0], vec![6, 0], save] {
        client.send(TRANSACTION, END, &request(0, &body)).await;
        assert_eq!(error_number(&client.message().await), Some(50000), "{body:?}");
    }
    assert_eq!(done_status(&client.batch("SELECT 1 AS n", 0).await) & ERROR, 0);
}

#[tokio::test]
async fn login_in_the_clear_is_refused_with_a_message() {
    // 2.2.6.5 PRELOGIN: a server that requires encryption replies so (3) to a client that does not support it (2).
    let server = server().await;
    let mut tcp = TcpStream::connect(server.addr()).await.unwrap();
    tcp.write_all(&packet(0x12, END, &prelogin(2))).await.unwrap();
    let mut reply = [0; 8 + 26 + 6 + 1];
    tcp.read_exact(&mut reply).await.unwrap();
    assert_eq!(reply.last(), Some(&3), "{reply:02x?}");
    tcp.write_all(&packet(0x10, END, &login7("sa", PASSWORD))).await.unwrap();
    let mut rest = Vec::new();
    tcp.read_to_end(&mut rest).await.unwrap();
    let end = rest.iter().position(|byte| *byte == 0xAA).unwrap();
    assert_eq!(error_number(&rest[end..]), Some(50000));
    assert_eq!(server.counters().logins(), 0);
}
