//! The bookstore as a library: `main.rs` only turns its results into exit codes, and the tests run it in their own process.
//!
//! This crate knows HTTP and pages; it holds no SQL.

mod admin;
mod api;
pub mod app;
mod assets;
mod badge;
mod books;
pub mod cli;
mod compare;
pub mod config;
mod cover;
mod credspec;
mod diagnostics;
mod doctor;
mod error;
mod hash;
mod health;
mod healthcheck;
mod home;
mod identity;
mod layout;
mod legacy;
mod metrics;
mod middleware;
mod pages;
mod preflight;
mod routes;
mod server;
mod shared;
mod shutdown;
mod telemetry;
mod watch;
