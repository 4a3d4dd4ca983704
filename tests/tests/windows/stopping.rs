//! The end of the Windows executable.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::machine::Machine;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_ctrl_c_windows_answers_what_it_has_begun_and_ends_well() {
    let Some(machine) = Machine::new().await else { return };
    machine.site.ticket().await;
    let shop = machine.shop().await;
    shop.serves().await;
    let body = "{";
    let mut request = TcpStream::connect(shop.shop.url.trim_start_matches("http://")).await.unwrap();
    let head = format!(
        "POST /api/v1/books HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        body.len()
    );
    request.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 25];
    request.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    let ended = tokio::spawn(shop.shop.stop());
    while TcpStream::connect(shop.browser.at("").trim_start_matches("http://")).await.is_ok() {
        tokio::task::yield_now().await;
    }
    request.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let (status, output) = ended.await.unwrap();
    assert_eq!(status.code(), Some(0), "{output}");
    assert!(output.contains(r#""signal":"CTRL_C""#), "{output}");
}
