//! TCP keepalive: the system detects that the other side of an idle connection vanished silently.

use bookstore_tests::browser::Browser;
use bookstore_tests::fixture::shop_server;
use bookstore_tests::shop::Shop;
use bookstore_tests::wait::{PATIENCE, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Waits until an established connection between these two ports has a keepalive timer: in `/proc/net/tcp`, state 01
/// and timer 02, see <https://docs.kernel.org/networking/proc_net_tcp.html>.
async fn wait_for_keepalive(what: &str, local: Option<u16>, remote: Option<u16>) {
    let port = |address: &str| u16::from_str_radix(address.rsplit(':').next().unwrap(), 16).unwrap();
    let has_keepalive = |line: &str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        local.is_none_or(|local| port(fields[1]) == local)
            && remote.is_none_or(|remote| port(fields[2]) == remote)
            && fields[3] == "01"
            && fields[5].starts_with("02:")
    };
    eventually(what, PATIENCE, async || {
        std::fs::read_to_string("/proc/net/tcp").unwrap().lines().skip(1).any(has_keepalive)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_have_keepalive_on_both_sides() {
    let server = shop_server().await;
    // By IPv4, because the table does not list IPv6.
    let port = server.addr().port();
    let shop = Shop::start(&format!("{};Server=127.0.0.1,{port}", server.connection_string("webapp"))).await;
    let address = shop.url.strip_prefix("http://").unwrap();
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET /api/v1/books/1 HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    assert!(client.read_u8().await.unwrap() == b'H');
    wait_for_keepalive("a keepalive timer of the connection to the database", None, Some(port)).await;
    let (shop_port, client_port) = (client.peer_addr().unwrap().port(), client.local_addr().unwrap().port());
    let client_side = (Some(shop_port), Some(client_port));
    wait_for_keepalive("a keepalive timer of the connection to the client", client_side.0, client_side.1).await;
    assert_eq!(Browser::new(&shop.url).open("/books").await.status, 200);
}
