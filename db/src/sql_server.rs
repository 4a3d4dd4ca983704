//! The SQL Server engine: tiberius over TLS, a pool by bb8 with the project's own manager, statements from `sql/queries`.
//!
//! Own manager rather than bb8-tiberius: that one needs tiberius 0.12, asks the server `SELECT 1` at every checkout and never
//! notices that a query was abandoned half-read.

mod address;
mod asked;
mod browser;
mod comparison;
mod config;
mod connect;
mod connection;
mod errors;
mod pool;
mod retry;
mod rows;
mod spn;
mod standing;
mod store;

pub(crate) use address::DEFAULT_PORT;
pub(crate) use browser::port_of;
pub(crate) use config::authentication;
pub(crate) use connect::connect;
pub(crate) use connection::Connection;
pub(crate) use errors::Failure;
pub(crate) use rows::required_text;
#[cfg(all(unix, feature = "kerberos"))]
pub(crate) use spn::Spn;
pub(crate) use spn::fully_qualified;
pub(crate) use store::SqlServerStore;
