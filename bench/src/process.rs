//! A process measured from outside by Linux's `/proc`. Dropping it ends the process.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Seconds per clock tick of `/proc`: `getconf CLK_TCK` is 100 on current Linux.
const TICK: f64 = 0.01;

pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn spawn(mut command: Command) -> Self {
        Self(command.stdout(Stdio::null()).spawn().expect("it starts"))
    }

    pub(crate) fn of(child: Child) -> Self {
        Self(child)
    }

    /// Waits until something listens at the address, at most 30 seconds.
    pub(crate) fn listens(&self, addr: &str) {
        let began = Instant::now();
        while TcpStream::connect(addr).is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "nothing listens at {addr}");
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// CPU seconds used, user and system.
    pub(crate) fn cpu(&self) -> f64 {
        cpu(&self.read("stat"))
    }

    /// Peak resident memory in MB.
    pub(crate) fn peak_mb(&self) -> f64 {
        let status = self.read("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
        let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse().expect("a number");
        kib / 1024.0
    }

    fn read(&self, what: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{what}", self.0.id())).expect("Linux's /proc")
    }
}

/// CPU seconds used by this process.
pub(crate) fn own_cpu() -> f64 {
    cpu(&std::fs::read_to_string("/proc/self/stat").expect("Linux's /proc"))
}

fn cpu(stat: &str) -> f64 {
    // The name before may contain anything, but ends with the last parenthesis.
    let fields: Vec<&str> = stat.rsplit_once(')').expect("stat").1.split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().expect("ticks");
    (ticks(11) + ticks(12)) * TICK
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
