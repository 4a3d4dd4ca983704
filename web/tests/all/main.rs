//! The shop from outside: over TCP in this process, and as the executable.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by a panic, in its helpers too")]

mod admin;
mod api;
mod client;
mod connections;
mod demo;
mod embedded_file;
mod executable;
mod limits;
mod live;
mod metadata;
mod openapi;
mod out_of_range;
mod preflight;
mod program;
mod security;
mod sharing;
mod shop;
mod shutdown;
