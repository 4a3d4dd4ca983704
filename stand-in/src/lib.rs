//! A stand-in for Microsoft SQL Server in tests. It speaks TDS 7.4, parses T-SQL and runs it on SQLite.
//!
//! It checks logins, TLS, permissions, types, lengths and constraints, and replies with SQL Server's error numbers and
//! texts. What it does not support is an error (50000) that names it. Nothing is canned. Do not use it to judge SQL
//! Server's speed. A transaction locks its whole database against other writers, except in contention mode
//! ([`StandIn::contend`]). README.md beside this crate lists the limits and shows how to use it in tests.
//!
//! [`StandIn`] starts and stops it, [`Faults`] make things go wrong, [`Counters`] count. A request takes this way, and
//! no module uses one further left: `session` (listener, handshake, login, requests) → `engine` (runs it) → `tsql`
//! (grammar, translation) → `store` (databases, catalog, permissions, locks) → `types`. `wire` has the protocol's
//! messages.

mod counters;
mod engine;
mod error;
mod faults;
mod gate;
#[cfg(test)]
mod parser_tests;
mod reserved_words;
mod server;
mod session;
mod store;
mod tsql;
mod types;
mod wire;

pub use counters::Counters;
pub use engine::ReadCommitted;
pub use faults::{Fault, Faults, MAX_DELAY, WrongCertificate};
pub use gate::Gate;
pub use server::{Builder, StandIn};
pub use session::server_state::LoginDetails;

/// Runs the example in the README as a doc test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
