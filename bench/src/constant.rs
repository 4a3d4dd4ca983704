//! The upper limit: axum answering the same bytes, without a shop.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::routing::get;
use tokio::net::TcpListener;

use crate::process::Process;
use crate::shop::Response;

pub(crate) const ADDR: &str = "127.0.0.1:18070";

/// Serves a file of header lines, an empty line and the body.
pub(crate) async fn serve(addr: SocketAddr, file: &Path) {
    let bytes = Bytes::from(std::fs::read(file).expect("the response to serve"));
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").expect("an empty line after the headers");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("headers in ASCII");
    let headers: HeaderMap = head.lines().map(header).collect();
    let response = (headers, bytes.slice(end + 2..));
    let router = Router::new().route("/books", get(async move || response.clone()));
    let listener = TcpListener::bind(addr).await.expect("a free port");
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))), router)
        .await
        .expect("it serves");
}

fn header(line: &str) -> (HeaderName, HeaderValue) {
    let (name, value) = line.split_once(": ").unwrap_or((CONTENT_TYPE.as_str(), line));
    (name.parse().expect("a header's name"), value.parse().expect("a header's value"))
}

/// Starts a process that repeats the shop's response.
pub(crate) async fn start(response: &Response, folder: &Path) -> Process {
    let file: PathBuf = folder.join("response");
    let head: Vec<String> = response.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    std::fs::write(&file, format!("{}\n\n{}", head.join("\n"), response.body)).expect("the response is kept");
    let this = std::env::current_exe().expect("this program");
    let mut command = std::process::Command::new(this);
    command.args(["constant", ADDR]).arg(file);
    let process = Process::spawn(command);
    process.listens(ADDR);
    process
}
