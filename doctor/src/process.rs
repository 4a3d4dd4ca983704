//! Checks this process: its account, its machine and what its build can do. Known failure 11.

use std::time::Instant;

use crate::report::{Audience, Cause, Link};
use crate::run::{Outcome, Run};

/// Returns whether this build can log in as the connection string asks.
pub(crate) fn check(run: &mut Run, is_integrated: bool) -> bool {
    let started = Instant::now();
    let can_log_in = !is_integrated || cfg!(any(windows, feature = "kerberos"));
    let account = bookstore_kerberos::process_account();
    let host = whoami::hostname().unwrap_or_else(|_| "unknown host".to_owned());
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    let seen = format!("{account} on {host}, {system}, bookstore {}", env!("CARGO_PKG_VERSION"));
    let outcome = if !can_log_in {
        Outcome::failed(format!("{seen}; this build cannot log in by Kerberos"), vec![build_without_kerberos()])
    } else if is_integrated && is_local(&account) {
        let cause = Cause::known(11, format!("{account} is a local account, which no credential spec applies to")).fix(
            Audience::Application,
            "run as NETWORK SERVICE in the image or the pod",
            "runAsUserName: \"NT AUTHORITY\\\\NETWORK SERVICE\"",
        );
        Outcome::warning(seen, vec![cause])
    } else {
        Outcome::passed(seen)
    };
    run.record(Link::Process, "account, machine, build", started, outcome);
    can_log_in
}

pub(crate) fn build_without_kerberos() -> Cause {
    Cause::other("this build has no Kerberos").fix(
        Audience::Application,
        "use a build with the feature kerberos (Debian: libkrb5-dev, libclang-dev)",
        "cargo build --release --features kerberos",
    )
}

/// Whether it is a container's own account. Microsoft asks for LocalSystem or NETWORK SERVICE; reports about others
/// differ.
/// <https://learn.microsoft.com/virtualization/windowscontainers/manage-containers/manage-serviceaccounts>
fn is_local(account: &str) -> bool {
    cfg!(windows) && account.to_ascii_lowercase().starts_with("user manager\\")
}
