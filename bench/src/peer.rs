//! Another program that serves the same list, measured beside the shop.

use std::process::Command;
use std::str::FromStr;
use std::time::{Duration, Instant};

use crate::process::Process;

/// Longest time until the program answers.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) url: String,
    command: String,
}

impl FromStr for Peer {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let [name, command, url] = text.split('|').collect::<Vec<_>>()[..] else {
            return Err("write NAME|COMMAND|URL, such as go|./books|http://127.0.0.1:8081/books");
        };
        Ok(Self { name: name.to_owned(), url: url.to_owned(), command: command.to_owned() })
    }
}

impl Peer {
    /// Starts the program on this database and waits until it answers.
    pub(crate) async fn start(&self, connection_string: &str) -> Process {
        let mut command = Command::new("sh");
        // The shell becomes the program, so that its CPU time and memory are measured.
        command.args(["-c", &format!("exec {}", self.command)]).env("connectionstring", connection_string);
        let process = Process::spawn(command);
        let started = Instant::now();
        while !reqwest::get(&self.url).await.is_ok_and(|response| response.status().is_success()) {
            assert!(started.elapsed() < PATIENCE, "{} does not answer at {}", self.name, self.url);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        process
    }
}
