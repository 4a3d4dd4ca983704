//! All suites in one executable: it links once, and the compiler finds helpers that no suite uses.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a panic here fails the test")]

#[cfg(all(target_os = "linux", feature = "kerberos"))]
mod active_directory;
mod conformance;
mod doctor;
#[cfg(unix)]
mod faults;
#[cfg(all(target_os = "linux", feature = "kerberos"))]
mod monitoring;
mod shop;
mod sql_server;
#[cfg(all(target_os = "linux", feature = "kerberos"))]
mod windows;
