//! The load generator: `wrk`, one thread, so that it takes one core at most.

use std::path::Path;
use std::process::Command;

/// What it measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) requests: f64,
    pub(crate) seconds: f64,
    /// In milliseconds, as the rest.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    /// Answers that were no success, and connections that broke.
    pub(crate) failures: f64,
}

impl Load {
    pub(crate) fn per_second(&self) -> f64 {
        self.requests / self.seconds
    }

    pub(crate) fn per_thousand(&self, count: f64) -> f64 {
        count * 1_000.0 / self.requests.max(1.0)
    }
}

/// Asks for this URL on so many connections for so long.
pub(crate) async fn load(url: String, connections: u32, seconds: u64) -> Load {
    tokio::task::spawn_blocking(move || run(&url, connections, seconds)).await.expect("wrk ran")
}

fn run(url: &str, connections: u32, seconds: u64) -> Load {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("report.lua");
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "--timeout", "10s", &format!("-c{connections}"), &format!("-d{seconds}s"), "-s"]).arg(script);
    let output = wrk.arg(url).output().expect("wrk, Debian's package");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("REPORT ")).unwrap_or_else(|| panic!("wrk: {text}"));
    let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().expect("a number")).collect();
    let [requests, seconds, p50, p99, p999, failures] = numbers[..] else { panic!("wrk: {line}") };
    Load { requests, seconds, p50, p99, p999, failures }
}
