//! What each scenario starts from and what it reports.

use std::path::PathBuf;

use bookstore_tests::shop::{Shop, isolated};
use tokio::process::Command;

use crate::ledger::Differences;

/// What a scenario runs with.
#[derive(Debug)]
pub(crate) struct Setup {
    /// The executable `bookstore`.
    pub(crate) bookstore: PathBuf,
    /// Chooses the faults. The same seed chooses the same ones; what they meet also depends on the machine.
    pub(crate) seed: u64,
}

/// A line of the report.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) name: &'static str,
    pub(crate) faults: usize,
    pub(crate) acknowledged: usize,
    pub(crate) unanswered: usize,
    /// Answers that no client expects.
    pub(crate) wrong: usize,
    pub(crate) differences: Differences,
    pub(crate) panics: usize,
    /// Highest resident memory of a shop in MiB.
    pub(crate) peak_memory: usize,
}

impl Setup {
    /// The shop, with these settings.
    pub(crate) fn shop_command(&self, variables: &[(&str, &str)]) -> Command {
        let mut command = isolated(Command::new(&self.bookstore));
        command.arg("serve").envs(variables.iter().copied());
        command
    }
}

/// The highest resident memory of the shop so far, in MiB; 0 if the system does not report it.
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>: `VmHWM`, in KiB.
pub(crate) fn peak_memory(shop: &Shop) -> usize {
    let status = shop.pid().and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/status")).ok());
    let line = status.as_deref().unwrap_or_default().lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kib.unwrap_or_default() / 1024
}
