//! `bookstore doctor`, run as an operator runs it. The tests produce each known failure that a process can see from
//! inside, and expect a verdict with its cause and fix (`ExpectedVerdict`). `directory/` has the failures that need a
//! directory, `certificates.rs` those of TLS, `server.rs` the others.

mod certificates;
#[cfg(all(target_os = "linux", feature = "kerberos"))]
mod directory;
mod known_failure;
#[cfg(all(target_os = "linux", feature = "kerberos"))]
mod name_server;
mod pages;
mod report;
mod server;
mod time_limit;
