//! The shop from outside: over TCP in this process, and as the executable.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic, in its helpers too")]

mod admin;
mod api;
mod client;
mod executable;
mod limits;
mod live;
mod openapi;
mod preflight;
mod security;
mod sharing;
mod shop;
mod shutdown;
