//! What each scenario starts from and what it reports.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use bookstore_tests::shop::{Shop, isolated};
use tokio::process::Command;

use crate::ledger::{Differences, Row};
use crate::workload::Workload;

/// The login of the shops, and so the creator of every book.
pub(crate) const LOGIN: &str = "webapp";
pub(crate) const CLIENTS: usize = 6;

/// What a scenario runs with.
#[derive(Debug)]
pub(crate) struct Setup {
    /// The executable `bookstore`.
    pub(crate) bookstore: PathBuf,
    /// The executable `stand-in`.
    pub(crate) stand_in: PathBuf,
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

impl Outcome {
    /// Compares what the clients were promised with the database's rows.
    pub(crate) fn of(
        name: &'static str,
        faults: usize,
        workload: &Workload,
        rows: Vec<Row>,
        creator: &str,
        shop: &Shop,
    ) -> Self {
        Self {
            name,
            faults,
            acknowledged: workload.acknowledged.load(Ordering::Relaxed),
            unanswered: workload.unanswered.load(Ordering::Relaxed),
            wrong: workload.wrong.load(Ordering::Relaxed),
            differences: workload.ledger.check(rows, creator),
            panics: shop.output().matches("panicked").count(),
            peak_memory: peak_memory(shop),
        }
    }

    /// The outcome of two parts of one scenario.
    pub(crate) fn and(self, other: Self) -> Self {
        let (one, two) = (self.differences, other.differences);
        Self {
            name: other.name,
            faults: self.faults + other.faults,
            acknowledged: self.acknowledged + other.acknowledged,
            unanswered: self.unanswered + other.unanswered,
            wrong: self.wrong + other.wrong,
            differences: Differences {
                lost: one.lost + two.lost,
                doubled: one.doubled + two.doubled,
                wrong_creators: one.wrong_creators + two.wrong_creators,
            },
            panics: self.panics + other.panics,
            peak_memory: self.peak_memory.max(other.peak_memory),
        }
    }
}

/// An address of this machine with a free port.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address")
}

/// The highest resident memory of the shop so far, in MiB; 0 if the system does not report it.
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>: `VmHWM`, in KiB.
pub(crate) fn peak_memory(shop: &Shop) -> usize {
    let status = shop.pid().and_then(|pid| std::fs::read_to_string(format!("/proc/{pid}/status")).ok());
    let line = status.as_deref().unwrap_or_default().lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kib.unwrap_or_default() / 1024
}
