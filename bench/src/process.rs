//! A process that is measured from outside, by Linux's `/proc`. It is ended when dropped.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// `/proc` counts in these: `getconf CLK_TCK`, 100 on every Linux of today.
const TICK: f64 = 0.01;

pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn spawn(mut command: Command) -> Self {
        Self(command.stdout(Stdio::null()).spawn().expect("it starts"))
    }

    pub(crate) fn of(child: Child) -> Self {
        Self(child)
    }

    /// Waits until it listens.
    pub(crate) fn listens(&self, addr: &str) {
        let began = Instant::now();
        while TcpStream::connect(addr).is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "nothing listens at {addr}");
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Seconds of CPU that it has used, in user code and in the kernel.
    pub(crate) fn cpu(&self) -> f64 {
        cpu(&self.read("stat"))
    }

    /// The most that was ever resident, in MB.
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

/// Seconds of CPU that this process has used.
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
