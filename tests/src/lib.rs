//! What the suites share: stores, books, and the SQL Server stand-in.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "what fails here fails a test")]

pub mod books;
pub mod browser;
pub mod fixture;
pub mod shop;
