//! Tests of the stand-in from outside, with tiberius as the client.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy.toml allows both in tests, not in the functions that tests share"
)]

mod client;
mod contention;
mod errors;
mod faults;
mod fidelity;
mod locks;
mod login;
mod permissions;
mod protocol;
mod raw;
mod scripts;
mod sql;
mod types;
