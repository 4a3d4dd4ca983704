//! The bookstore as a library: `main.rs` only turns its results into exit codes, and the tests run it in their own process.
//!
//! This crate knows HTTP and pages; it holds no SQL.

mod admin;
mod api;
pub mod app;
mod books;
pub mod cli;
pub mod config;
mod health;
mod healthcheck;
mod metrics;
mod middleware;
mod routes;
mod server;
mod shutdown;
mod telemetry;
