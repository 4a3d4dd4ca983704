//! The reply to the list of 20 books that `bench/instructions` reads.

use std::path::Path;
use std::sync::{Arc, Mutex};

use bookstore_db::connection_string::Encrypt;
use bookstore_tests::books::{create, first_page};
use bookstore_tests::fixture::{open, shop_server};
use bookstore_tests::sql::settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Set it to record the reply again, after a change of the statement or its columns.
const RECORD: &str = "BOOKSTORE_RECORD";
const HEADER: usize = 8;
/// The token before the first row, [MS-TDS] 2.2.7.19.
const ROW: u8 = 0xD1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_reply_has_the_columns_of_the_list() {
    let server = shop_server().await;
    let mut settings = settings(&server.connection_string("webapp"));
    let store = open(&settings);
    for index in 0..12 {
        create(&store, &format!("Title {index}")).await;
    }
    let (listener, sent) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), Arc::default());
    settings.server.host = "127.0.0.1".to_owned();
    settings.server.port = Some(listener.local_addr().unwrap().port());
    settings.encrypt = Encrypt::Optional;
    tokio::spawn(forward(listener, server.addr(), Arc::clone(&sent)));
    let page = open(&settings).list(&first_page()).await.unwrap();
    assert_eq!(page.books.len(), 20);

    let reply = last_message(&sent.lock().unwrap());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../bench/instructions/list.reply");
    if std::env::var_os(RECORD).is_some() {
        std::fs::write(&file, &reply).unwrap();
    }
    let recorded = std::fs::read(file).unwrap();
    assert_eq!(columns(&recorded), columns(&reply), "record it again: {RECORD}=1");
}

/// Forwards a connection, and keeps what the server sends.
async fn forward(listener: TcpListener, server: std::net::SocketAddr, sent: Arc<Mutex<Vec<u8>>>) {
    let (client, _) = listener.accept().await.unwrap();
    let (mut client_reads, mut client_writes) = client.into_split();
    let (mut server_reads, mut server_writes) = TcpStream::connect(server).await.unwrap().into_split();
    tokio::spawn(async move { tokio::io::copy(&mut client_reads, &mut server_writes).await });
    let mut buffer = vec![0; 65_536];
    while let Ok(length @ 1..) = server_reads.read(&mut buffer).await {
        sent.lock().unwrap().extend(&buffer[..length]);
        client_writes.write_all(&buffer[..length]).await.unwrap();
    }
}

/// The payload of the last message: its packets without their headers.
fn last_message(mut bytes: &[u8]) -> Vec<u8> {
    let (mut message, mut is_complete) = (Vec::new(), true);
    while let [_, status, high, low, ..] = *bytes {
        let length = usize::from(u16::from_be_bytes([high, low]));
        if is_complete {
            message.clear();
        }
        message.extend(&bytes[HEADER..length]);
        is_complete = status & 1 == 1;
        bytes = &bytes[length..];
    }
    message
}

/// The description of the columns of the books.
fn columns(reply: &[u8]) -> &[u8] {
    let end = reply.iter().position(|byte| *byte == ROW).unwrap();
    &reply[..end]
}
