//! A stand-in for Microsoft SQL Server in tests: it speaks TDS 7.4, parses T-SQL and runs it on SQLite.
//!
//! It is there because no SQL Server can be had where these tests run. It checks logins, TLS, permissions, types, lengths and
//! constraints, and answers with SQL Server's numbers and texts; what it cannot translate is an error, never silence, and no
//! answer is canned. It is not a measure of SQL Server's speed, nor of its locking: a transaction here locks its whole
//! database against other writers, and readers see the last committed state.
//!
//! The way of a request: `packet` → `session` → `batch` (the grammar) → `translate` (T-SQL to SQLite, with types) → `engine`
//! → `tokens`. `faults` makes things go wrong on demand.

mod admission;
mod batch;
mod catalog;
mod convert;
mod counters;
mod engine;
mod error;
mod facts;
mod faults;
mod functions;
mod gate;
mod handshake;
mod integrated;
mod like;
mod locks;
mod login;
mod packet;
#[cfg(test)]
mod parsers_test;
mod prelogin;
mod rpc;
mod security;
mod server;
mod session;
mod store;
mod temporal;
mod tls;
mod tokens;
mod translate;
mod types;
mod values;
mod wire;
mod write_lock;

pub use counters::Counters;
pub use faults::{Fault, Faults, MAX_DELAY, WrongCertificate};
pub use gate::Gate;
pub use handshake::SeenLogin;
pub use server::{Builder, StandIn};
