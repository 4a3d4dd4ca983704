//! The shop as a process, and its own metrics.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Client;

use crate::process::Process;

/// The port of a shop that runs alone. The admin address has the port after it.
const PORT: u16 = 18_080;

pub(crate) struct Shop {
    pub(crate) process: Process,
    port: u16,
    /// Time from the start of the process to its first response.
    pub(crate) started_in: Duration,
}

/// A complete response.
pub(crate) struct Response {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Shop {
    /// Starts the shop on this database and waits for its first list page.
    pub(crate) async fn start(build: &Path, connection_string: &str) -> Self {
        Self::start_with(build, connection_string, PORT, &[]).await
    }

    /// Like [`Shop::start`], with a port of its own and more settings.
    pub(crate) async fn start_with(build: &Path, connection_string: &str, port: u16, more: &[(&str, &str)]) -> Self {
        let began = Instant::now();
        let mut command = Command::new(build.join("bookstore"));
        // The log as on Kubernetes.
        command.env("connectionstring", connection_string).env("BOOKSTORE_LOG_FORMAT", "json").stderr(Stdio::null());
        command.env("BOOKSTORE_ADDR", address(port)).env("BOOKSTORE_ADMIN_ADDR", address(port + 1));
        command.envs(more.iter().copied());
        let process = Process::spawn(command);
        process.listens(&address(port));
        let mut shop = Self { process, port, started_in: Duration::ZERO };
        shop.get("/books").await;
        shop.started_in = began.elapsed();
        shop
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", address(self.port))
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        fetch(&self.url(path)).await
    }

    /// Statements sent to the database since the start, by the shop's own metrics.
    pub(crate) async fn queries(&self) -> f64 {
        let text = fetch(&format!("http://{}/metrics", address(self.port + 1))).await.body;
        let counts = text.lines().filter(|line| line.starts_with("db_queries_total"));
        counts.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
    }
}

fn address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

async fn fetch(url: &str) -> Response {
    let response = Client::new().get(url).send().await.expect("a response");
    assert!(response.status().is_success(), "{url}: {}", response.status());
    let kept = |name: &str| !["content-length", "date", "connection", "transfer-encoding"].contains(&name);
    let headers = response.headers().iter().filter(|(name, _)| kept(name.as_str()));
    let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
    Response { headers, body: response.text().await.expect("a whole body") }
}
