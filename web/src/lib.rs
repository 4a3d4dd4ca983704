//! The bookstore as a library: `main.rs` only turns its results into exit codes, and the tests run it in their own process.
//!
//! This crate knows HTTP and pages; it holds no SQL.

pub mod app;
mod assets;
mod badge;
mod books;
mod cover;
mod error;
mod hash;
mod home;
mod layout;
mod legacy;
mod pages;
mod routes;
