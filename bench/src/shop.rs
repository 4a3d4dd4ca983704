//! The shop as a process, and what it says of itself.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::Client;

use crate::process::Process;

pub(crate) const ADDR: &str = "127.0.0.1:18080";
const ADMIN_ADDR: &str = "127.0.0.1:18090";

pub(crate) struct Shop {
    pub(crate) process: Process,
    /// From its start to its first answer.
    pub(crate) started_in: Duration,
}

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Shop {
    /// Starts it on this database and waits for its first list.
    pub(crate) async fn start(build: &Path, connection_string: &str) -> Self {
        let began = Instant::now();
        let mut command = Command::new(build.join("bookstore"));
        command.env("connectionstring", connection_string).env("BOOKSTORE_LOG", "error");
        command.env("BOOKSTORE_ADDR", ADDR).env("BOOKSTORE_ADMIN_ADDR", ADMIN_ADDR);
        let process = Process::spawn(command);
        process.listens(ADDR);
        get("/books").await;
        Self { process, started_in: began.elapsed() }
    }

    /// Queries that it ever sent to its database, by its own metrics.
    pub(crate) async fn queries(&self) -> f64 {
        let text = fetch(&format!("http://{ADMIN_ADDR}/metrics")).await.body;
        let counts = text.lines().filter(|line| line.starts_with("db_queries_total"));
        counts.filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok()).sum()
    }
}

pub(crate) async fn get(path: &str) -> Answer {
    fetch(&format!("http://{ADDR}{path}")).await
}

async fn fetch(url: &str) -> Answer {
    let answer = Client::new().get(url).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{url}: {}", answer.status());
    let own = |name: &str| !["content-length", "date", "connection", "transfer-encoding"].contains(&name);
    let headers = answer.headers().iter().filter(|(name, _)| own(name.as_str()));
    let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers = headers.map(|(name, value)| (name.to_string(), text(value))).collect();
    Answer { headers, body: answer.text().await.expect("a whole body") }
}
