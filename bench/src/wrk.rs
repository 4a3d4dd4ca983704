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
    drive("report.lua", url, "", connections, seconds).await
}

/// Makes books there. `run`, eight hexadecimal digits, begins their titles and request ids.
pub(crate) async fn write(url: String, run: &str, connections: u32, seconds: u64) -> Load {
    drive("writes.lua", url, run, connections, seconds).await
}

async fn drive(script: &'static str, url: String, run: &str, connections: u32, seconds: u64) -> Load {
    let mut wrk = Command::new("wrk");
    wrk.env("BENCH_RUN", run);
    tokio::task::spawn_blocking(move || measure(wrk, script, &url, connections, seconds)).await.expect("wrk ran")
}

fn measure(mut wrk: Command, script: &str, url: &str, connections: u32, seconds: u64) -> Load {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    wrk.args(["-t1", "--timeout", "10s", &format!("-c{connections}"), &format!("-d{seconds}s"), "-s"]).arg(script);
    let output = wrk.arg(url).output().expect("wrk, Debian's package");
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find_map(|line| line.strip_prefix("REPORT ")).unwrap_or_else(|| panic!("wrk: {text}"));
    let numbers: Vec<f64> = line.split(' ').map(|number| number.parse().expect("a number")).collect();
    let [requests, seconds, p50, p99, p999, failures] = numbers[..] else { panic!("wrk: {line}") };
    Load { requests, seconds, p50, p99, p999, failures }
}
