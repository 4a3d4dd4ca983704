//! All suites in one binary: one link, and no helper is unused anywhere.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "what fails here fails a test")]

#[cfg(all(target_os = "linux", feature = "kerberos"))]
mod active_directory;
mod conformance;
mod doctor;
mod shop;
mod sql_server;
mod stand_in;
