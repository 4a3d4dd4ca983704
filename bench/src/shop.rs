//! The shop as a process, and its own metrics.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Client;

use crate::process::Process;

pub(crate) const ADDR: &str = "127.0.0.1:18080";
const ADMIN_ADDR: &str = "127.0.0.1:18090";

pub(crate) struct Shop {
    pub(crate) process: Process,
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
        Self::start_with(build, connection_string, &[]).await
    }

    /// Like [`Shop::start`], with more settings.
    pub(crate) async fn start_with(build: &Path, connection_string: &str, settings: &[(&str, &str)]) -> Self {
        let began = Instant::now();
        let mut command = Command::new(build.join("bookstore"));
        // The log as on Kubernetes: each request opens a span for its lines.
        command.env("connectionstring", connection_string).env("BOOKSTORE_LOG_FORMAT", "json").stderr(Stdio::null());
        command.env("BOOKSTORE_ADDR", ADDR).env("BOOKSTORE_ADMIN_ADDR", ADMIN_ADDR).envs(settings.iter().copied());
        let process = Process::spawn(command);
        process.listens(ADDR);
        get("/books").await;
        Self { process, started_in: began.elapsed() }
    }

    /// Statements sent to the database since the start, by the shop's own metrics.
    pub(crate) async fn queries(&self) -> f64 {
        let text = fetch(&format!("http://{ADMIN_ADDR}/metrics")).await.body;
        let counts = text.lines().filter(|line| line.starts_with("db_queries_total"));
        counts.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
    }
}

pub(crate) async fn get(path: &str) -> Response {
    fetch(&format!("http://{ADDR}{path}")).await
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
