//! Connections whose other side vanishes without a word are noticed: the system watches over them, to the database and to clients.

use std::time::Duration;

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::Shop;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Waits until a connection between these two ports, seen from the first, is watched by the system's keepalive timer while it is idle.
/// <https://docs.kernel.org/networking/proc_net_tcp.html>: a timer of kind 2, and in state 1 that is established.
async fn is_watched(local: Option<u16>, remote: Option<u16>) -> bool {
    let port = |address: &str| u16::from_str_radix(address.rsplit(':').next().unwrap(), 16).unwrap();
    for _ in 0..500 {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        for line in table.lines().skip(1) {
            let fields: Vec<_> = line.split_whitespace().collect();
            let fits = local.is_none_or(|local| port(fields[1]) == local)
                && remote.is_none_or(|remote| port(fields[2]) == remote);
            if fits && fields[3] == "01" && fields[5].starts_with("02:") {
                return true;
            }
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_connection_is_watched_on_both_sides_of_the_shop() {
    let server = shop_server().await;
    // By IPv4, which is what the table lists.
    let port = server.addr().port();
    let shop = Shop::start(&format!("{};Server=127.0.0.1,{port}", server.connection_string("webapp"))).await;
    let address = shop.url.strip_prefix("http://").unwrap();
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET /api/v1/books/1 HTTP/1.1\r\nhost: shop.test\r\n\r\n").await.unwrap();
    assert!(client.read_u8().await.unwrap() == b'H');
    assert!(is_watched(None, Some(port)).await, "to the database");
    let (shop_port, client_port) = (client.peer_addr().unwrap().port(), client.local_addr().unwrap().port());
    assert!(is_watched(Some(shop_port), Some(client_port)).await, "to the client");
    assert_eq!(Browser::new(&shop.url).open("/books").await.status, 200);
}
