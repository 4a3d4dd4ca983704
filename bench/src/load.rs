//! The load generator `wrk`, with one thread so that it uses at most one core.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// One measurement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) requests: f64,
    pub(crate) seconds: f64,
    /// Median, 99th and 99.9th percentile, in milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    /// Answers other than success, and broken connections.
    pub(crate) failures: f64,
}

impl Load {
    /// Of requests that took these times, one or more, within this number of seconds.
    pub(crate) fn of_times(mut times: Vec<Duration>, seconds: f64) -> Self {
        times.sort();
        let at = |part: usize| times[times.len() * part / 1_000].as_secs_f64() * 1e3;
        Self { requests: times.len() as f64, seconds, p50: at(500), p99: at(990), p999: at(999), failures: 0.0 }
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.requests / self.seconds
    }

    pub(crate) fn per_thousand(&self, count: f64) -> f64 {
        count * 1_000.0 / self.requests.max(1.0)
    }
}

/// Requests the URL on `connections` connections.
pub(crate) async fn load(url: String, connections: u32, seconds: u64) -> Load {
    drive("load.lua", url, "", connections, seconds).await
}

/// Creates books by the API. Titles and request ids start with `run`, eight hexadecimal digits.
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
