//! The bookstore as a library: `main.rs` only turns its results into exit codes, and the tests run it in their own process.
//!
//! This crate knows HTTP and pages; it holds no SQL.

pub mod app;
mod books;
mod routes;
