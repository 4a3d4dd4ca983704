//! The campaign of faults: breaks connections, kills processes and restarts replicas while clients write, then compares
//! the database with what the clients were promised.
//!
//! `tests/faults/run.sh` runs a sample, with `--all` ten thousand faults. The table at the end is the result.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a broken campaign has no result")]

#[cfg(unix)]
mod campaign;
#[cfg(unix)]
mod hostile;
#[cfg(unix)]
mod hostile_replies;
#[cfg(unix)]
mod hostile_server;
#[cfg(unix)]
mod ledger;
#[cfg(unix)]
mod processes;
#[cfg(unix)]
mod rolling;
#[cfg(unix)]
mod scenarios;
#[cfg(unix)]
mod server_process;
#[cfg(unix)]
mod setup;
#[cfg(unix)]
mod slow_clients;
#[cfg(unix)]
mod workload;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    campaign::main()
}

#[cfg(not(unix))]
fn main() {
    panic!("the campaign sends signals, which only Unix has");
}
