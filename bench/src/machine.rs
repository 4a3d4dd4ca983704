//! The machine and the versions: without them a figure means nothing.

use std::fs::read_to_string;
use std::thread::available_parallelism;

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    kernel: String,
    /// Of the program that is measured.
    version: &'static str,
}

impl Machine {
    pub(crate) fn read() -> Self {
        let info = read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            processor: model.map_or("unknown", |(_, name)| name).to_owned(),
            cores: available_parallelism().map_or(0, usize::from),
            kernel: kernel.trim().to_owned(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// One line for people.
    pub(crate) fn text(&self) -> String {
        let Self { processor, cores, kernel, version } = self;
        format!("bookstore {version}, {cores} cores of {processor}, Linux {kernel}")
    }
}
