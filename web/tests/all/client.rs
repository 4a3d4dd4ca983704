//! An HTTP client that sends a test's bytes unchanged, and can stop in the middle of a request.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request on a new connection.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    head: String,
    body: String,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self {
            head: format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n"),
            body: String::new(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    pub(crate) fn body(self, body: &str) -> Self {
        self.body_without_length(body).header("content-length", &body.len().to_string())
    }

    /// A body without Content-Length.
    pub(crate) fn body_without_length(mut self, body: &str) -> Self {
        self.body = body.to_owned();
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").body(&body.to_string())
    }

    pub(crate) async fn send(self, addr: SocketAddr) -> Response {
        self.begin(addr).await.finish().await
    }

    /// Sends the request without waiting for the response.
    pub(crate) async fn send_only(self, addr: SocketAddr) -> StartedRequest {
        let mut started = self.begin(addr).await;
        started.stream.write_all(started.body.as_bytes()).await.unwrap();
        started.body.clear();
        started
    }

    /// Sends everything except the body.
    pub(crate) async fn begin(self, addr: SocketAddr) -> StartedRequest {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(format!("{}\r\n", self.head).as_bytes()).await.unwrap();
        StartedRequest { stream, body: self.body }
    }
}

/// A request whose body is not sent yet.
pub(crate) struct StartedRequest {
    stream: TcpStream,
    body: String,
}

impl StartedRequest {
    pub(crate) async fn finish(mut self) -> Response {
        // A server that has refused the request may have stopped reading.
        let _ = self.stream.write_all(self.body.as_bytes()).await;
        self.response().await
    }

    /// The connection, for a response without an end.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// The response to the part that was sent so far.
    pub(crate) async fn response(mut self) -> Response {
        let mut bytes = Vec::new();
        // It may have closed the connection after its response with unread bytes left.
        let _ = self.stream.read_to_end(&mut bytes).await;
        Response::parse(&bytes)
    }
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Response {
    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("not a response: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| line.split_once(": ").unwrap()).map(|(name, value)| (name.into(), value.into()));
        Self { status, headers: headers.collect(), body: body.to_owned() }
    }

    /// A header's value, empty if the header is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body, which must be a well-formed problem with the response's status.
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], self.status);
        assert_eq!(problem["type"], "about:blank");
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
        problem
    }
}

pub(crate) fn get(path: &str) -> Request {
    Request::new("GET", path)
}
