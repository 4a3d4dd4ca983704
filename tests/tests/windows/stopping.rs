//! Stopping the Windows executable.

use std::process::Stdio;

use bookstore_tests::wait::{PATIENCE, eventually};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::machine::Machine;
use crate::active_directory::site::OpenShop;

/// Starts a request whose body is missing, ends the shop by `stop`, and sends the body after the listener is closed.
/// Returns the response.
async fn finish_request_while_stopping(shop: &OpenShop, stop: impl AsyncFnOnce()) -> String {
    shop.assert_serves().await;
    let address = shop.shop.url.trim_start_matches("http://").to_owned();
    let mut request = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /api/v1/books HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\
         Expect: 100-continue\r\n\r\n"
    );
    request.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 25];
    request.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    stop().await;
    eventually("the shop accepts no connection", PATIENCE, async || TcpStream::connect(&address).await.is_err()).await;
    request.write_all(b"{").await.unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ctrl_c_on_windows_finishes_running_requests() {
    let Some(machine) = Machine::new().await else { return };
    machine.site.ticket().await;
    let shop = machine.shop().await;
    let answer = finish_request_while_stopping(&shop, async || shop.shop.interrupt()).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let (status, output) = shop.shop.wait().await;
    assert_eq!(status.code(), Some(0), "{output}");
    assert!(output.contains(r#""signal":"CTRL_C""#), "{output}");
}

/// The events that Windows sends when a console window or a container is closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn close_and_shutdown_on_windows_finish_running_requests() {
    let Some(machine) = Machine::new().await else { return };
    machine.site.ticket().await;
    for (event, signal) in [("2\n", "CTRL_CLOSE"), ("6\n", "CTRL_SHUTDOWN")] {
        let mut command = machine.command_with_events(&machine.site.integrated());
        command.stdin(Stdio::piped());
        let mut shop = OpenShop::new(command).await;
        let mut input = shop.shop.take_stdin().unwrap();
        let send = async || input.write_all(event.as_bytes()).await.unwrap();
        let answer = finish_request_while_stopping(&shop, send).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{signal}: {answer}");
        let (_, output) = shop.shop.wait().await;
        assert!(output.contains(&format!(r#""signal":"{signal}""#)), "{output}");
    }
}
