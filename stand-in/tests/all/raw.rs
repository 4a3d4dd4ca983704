//! A client that sends packets as they are, over TLS from the first byte (TDS 8), to test what drivers never send.

use super::client::PASSWORD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sql_server_stand_in::StandIn;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub(crate) const BATCH: u8 = 0x01;
pub(crate) const CALL: u8 = 0x03;
pub(crate) const ATTENTION: u8 = 0x06;
pub(crate) const TRANSACTION: u8 = 0x0E;
const LOGIN: u8 = 0x10;
const PRELOGIN: u8 = 0x12;

/// The bits of a packet's status (MS-TDS 2.2.3.1.2).
pub(crate) const END: u8 = 0x01;
pub(crate) const IGNORE: u8 = 0x02;

/// The bits of a DONE token (MS-TDS 2.2.7.6).
pub(crate) const ERROR: u16 = 0x02;
pub(crate) const ATTENTION_DONE: u16 = 0x20;

pub(crate) struct RawClient {
    stream: TlsStream<TcpStream>,
}

impl RawClient {
    /// Logs `sa` in.
    pub(crate) async fn connect(server: &StandIn) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(server.ca_file()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let tcp = TcpStream::connect(server.addr()).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
        let mut client = Self { stream };
        client.send(PRELOGIN, END, &prelogin(2)).await;
        client.message().await;
        client.send(LOGIN, END, &login7("sa", PASSWORD)).await;
        assert!(client.message().await.contains(&0xAD), "LOGINACK");
        client
    }

    pub(crate) async fn send(&mut self, kind: u8, status: u8, payload: &[u8]) {
        self.stream.write_all(&packet(kind, status, payload)).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// The next message of the server.
    pub(crate) async fn message(&mut self) -> Vec<u8> {
        let mut message = Vec::new();
        loop {
            let (is_last, payload) = self.packet().await;
            message.extend(payload);
            if is_last {
                return message;
            }
        }
    }

    /// The next packet of the server, and whether it ends its message.
    pub(crate) async fn packet(&mut self) -> (bool, Vec<u8>) {
        let mut header = [0; 8];
        self.stream.read_exact(&mut header).await.unwrap();
        let mut payload = vec![0; usize::from(u16::from_be_bytes([header[2], header[3]])) - header.len()];
        self.stream.read_exact(&mut payload).await.unwrap();
        (header[1] & END != 0, payload)
    }

    /// Runs a batch of the transaction with this descriptor.
    pub(crate) async fn batch(&mut self, sql: &str, transaction: u64) -> Vec<u8> {
        self.send(BATCH, END, &request(transaction, &utf16(sql))).await;
        self.message().await
    }
}

pub(crate) fn packet(kind: u8, status: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 8).unwrap().to_be_bytes();
    [&[kind, status, length[0], length[1], 0, 0, 1, 0][..], payload].concat()
}

/// PRELOGIN with this encryption option.
pub(crate) fn prelogin(encryption: u8) -> Vec<u8> {
    vec![0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 16, 0, 0, 0, 0, 0, encryption]
}

pub(crate) fn login7(user: &str, password: &str) -> Vec<u8> {
    let hidden = utf16(password).into_iter().map(|byte| byte.rotate_left(4) ^ 0xA5).collect();
    let none = Vec::new;
    let fields: [Vec<u8>; 9] =
        [none(), utf16(user), hidden, none(), none(), none(), none(), none(), utf16("Bookstore")];
    let mut fixed = vec![0; 36];
    let mut values: Vec<u8> = Vec::new();
    for field in fields {
        fixed.extend(u16::try_from(94 + values.len()).unwrap().to_le_bytes());
        fixed.extend(u16::try_from(field.len() / 2).unwrap().to_le_bytes());
        values.extend(field);
    }
    fixed.resize(94, 0);
    fixed.extend(values);
    let length = u32::try_from(fixed.len()).unwrap();
    fixed[..4].copy_from_slice(&length.to_le_bytes());
    fixed[4..8].copy_from_slice(&0x7400_0004_u32.to_le_bytes());
    fixed
}

/// A request with the header that names its transaction (MS-TDS 2.2.5.3.2).
pub(crate) fn request(transaction: u64, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![22, 0, 0, 0, 18, 0, 0, 0, 2, 0];
    bytes.extend(transaction.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(body);
    bytes
}

pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// The status of the DONE token that ends a message.
pub(crate) fn done_status(message: &[u8]) -> u16 {
    let done = &message[message.len() - 13..];
    assert!((0xFD..=0xFF).contains(&done[0]), "{message:02x?}");
    u16::from_le_bytes([done[1], done[2]])
}

/// The number of the first error in a message.
pub(crate) fn error_number(message: &[u8]) -> Option<u32> {
    let at = message.windows(1).position(|byte| byte == [0xAA])?;
    Some(u32::from_le_bytes(message[at + 3..at + 7].try_into().unwrap()))
}
