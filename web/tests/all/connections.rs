//! Connections: timeouts, limits and accepted host names.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
#[cfg(target_os = "linux")]
use tokio::net::TcpSocket;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{Request, get};
use crate::shop::{LIMIT, Shop};

/// A connection for several requests.
pub(crate) struct KeepAlive(TcpStream);

impl KeepAlive {
    pub(crate) async fn open(addr: SocketAddr) -> Self {
        Self(TcpStream::connect(addr).await.unwrap())
    }

    /// Sends a GET request and returns the head of the response; its body is read and dropped.
    pub(crate) async fn get(&mut self, path: &str) -> String {
        self.0.write_all(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        self.0.read_exact(&mut vec![0; length.parse().unwrap()]).await.unwrap();
        head
    }

    /// Waits until the shop has closed the connection.
    async fn closed(mut self) {
        let read = timeout(LIMIT, self.0.read(&mut [0])).await.unwrap();
        assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    }
}

async fn half_sent_head(addr: SocketAddr) -> KeepAlive {
    let mut connection = KeepAlive::open(addr).await;
    connection.0.write_all(b"GET /books HTTP/1.1\r\nhost: local").await.unwrap();
    connection
}

async fn half_sent_body(addr: SocketAddr) -> KeepAlive {
    let mut connection = KeepAlive::open(addr).await;
    let head = "POST /books/new HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    connection.0.write_all(format!("{head}content-length: 90\r\n\r\ntitle=").as_bytes()).await.unwrap();
    connection
}

#[tokio::test]
async fn connection_with_a_half_sent_head_is_closed() {
    let shop = Shop::with(&[("BOOKSTORE_READ_TIMEOUT", "50ms")]).await;
    half_sent_head(shop.addr).await.closed().await;
    half_sent_head(shop.admin).await.closed().await;
    let mut later = KeepAlive::open(shop.addr).await;
    later.get("/books").await;
    later.0.write_all(b"GET /books HTTP/1.1\r\n").await.unwrap();
    later.closed().await;
}

#[tokio::test]
async fn half_sent_requests_and_idle_connections_block_no_client() {
    // One request at once means four connections.
    let settings =
        [("BOOKSTORE_MAX_REQUESTS", "1"), ("BOOKSTORE_READ_TIMEOUT", "1h"), ("BOOKSTORE_REQUEST_TIMEOUT", "1h")];
    let shop = Shop::with(&settings).await;
    let mut open = Vec::new();
    for _ in 0..4 {
        open.push(half_sent_head(shop.addr).await);
        open.push(KeepAlive::open(shop.addr).await);
        let mut idle = KeepAlive::open(shop.addr).await;
        assert!(idle.get("/books").await.contains(" 200 OK"));
        open.push(idle);
    }
    for _ in 0..5 {
        open.push(half_sent_body(shop.addr).await);
    }
    let response = timeout(LIMIT, get("/books").send(shop.addr)).await.unwrap();
    assert_eq!(response.status, 200);
    let metrics = get("/metrics").send(shop.admin).await.body;
    assert!(metrics.contains("http_connections_closed_total{reason=\"room\"}"), "{metrics}");
}

#[tokio::test]
async fn client_above_its_connection_limit_is_disconnected() {
    let shop = Shop::with(&[("BOOKSTORE_MAX_CONNECTIONS_PER_CLIENT", "2")]).await;
    let (mut first, mut second) = (KeepAlive::open(shop.addr).await, KeepAlive::open(shop.addr).await);
    first.get("/books").await;
    second.get("/books").await;
    KeepAlive::open(shop.addr).await.closed().await;
    assert!(first.get("/books").await.contains(" 200 OK"));
}

/// Only Linux has all addresses 127.0.0.0/8 without set-up.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn client_above_its_limit_costs_no_other_client_its_connection() {
    // One request at once means four connections.
    let limits = [("BOOKSTORE_MAX_REQUESTS", "1"), ("BOOKSTORE_MAX_CONNECTIONS_PER_CLIENT", "2")];
    let shop = Shop::with(&limits).await;
    let mut others = Vec::new();
    for _ in 0..2 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 2], 0).into()).unwrap();
        let mut other = KeepAlive(socket.connect(shop.addr).await.unwrap());
        other.get("/books").await;
        others.push(other);
    }
    let (_first, _second) = (KeepAlive::open(shop.addr).await, KeepAlive::open(shop.addr).await);
    KeepAlive::open(shop.addr).await.closed().await;
    for other in &mut others {
        assert!(other.get("/books").await.contains(" 200 OK"));
    }
}

/// The status of a request whose `host` header is replaced by these lines.
async fn status_with(addr: SocketAddr, host_lines: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!("GET /healthz HTTP/1.1\r\nconnection: close\r\n{host_lines}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response.split(' ').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn foreign_host_name_is_refused() {
    let shop = Shop::start().await;
    for addr in [shop.addr, shop.admin] {
        assert_eq!(status_with(addr, "host: attacker.example\r\n").await, "421");
        assert_eq!(status_with(addr, "").await, "400");
        assert_eq!(status_with(addr, "host: localhost\r\nhost: localhost\r\n").await, "400");
    }
    assert_eq!(status_with(shop.admin, "host: 127.0.0.1\r\n").await, "200");
    let named = Shop::with(&[("BOOKSTORE_HOSTS", "shop.example.com, localhost")]).await;
    assert_eq!(status_with(named.addr, "host: shop.example.com\r\n").await, "404");
}

#[tokio::test]
async fn refused_host_is_explained() {
    let shop = Shop::start().await;
    let mut stream = TcpStream::connect(shop.addr).await.unwrap();
    stream.write_all(b"GET /books HTTP/1.1\r\nhost: shop.example.com\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    assert!(response.contains("421 Misdirected Request") && response.contains("BOOKSTORE_HOSTS"), "{response}");
    assert_eq!(Request::new("GET", "/books").send(shop.addr).await.status, 200);
}
