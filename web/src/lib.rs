//! The program `bookstore`: a web shop that shows which identity an application uses to reach SQL Server.
//!
//! [`cli`] parses the command line and runs a command, usually `serve`. That binds two listeners ([`server::App`]): the
//! shop with its pages and its JSON API, and the admin listener with health, metrics and diagnostics. `routes` has
//! every path and handler in one table.
//!
//! A request passes the middleware, then the page cache or a request slot, then a handler in `pages`, `api` or `admin`.
//! Handlers share one `AppState` and read the books by `bookstore_db::store::Store`; this crate has no SQL. `view` has
//! what several pages show.
//!
//! `main.rs` only maps errors to exit codes, so that tests can run a whole shop in their own process.

pub mod cli;
mod colours;
mod commands;
pub mod config;
pub mod server;

mod routes;
mod state;
mod traces;

mod admin;
mod api;
mod build_info;
mod doctor_run;
mod http;
mod pages;
mod view;

#[cfg(feature = "internals")]
pub use pages::books::{fuzzing, measuring};
