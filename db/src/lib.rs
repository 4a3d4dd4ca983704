//! The books of the shop, on SQL Server or on an embedded SQLite file.
//!
//! A [`connection_string::ConnectionString`] in Microsoft.Data.SqlClient's syntax chooses the engine and the login.
//! [`store::Store`] opens it and runs the statements; [`switch::Switch`] replaces the store while requests run.
//! [`identity::LoginState`] is the login as reported by the database, and [`error::Error`] the reason of a failed
//! statement.
//! [`migrate::migrate`] creates and updates the schema. The statements themselves are files in `sql/`, one per file.
//!
//! Reading order: `book`, `draft`, `list`, `comparison` (what is stored and asked for), `store` (the operations),
//! `sql_server` and `embedded` (the two engines), then `connection_string`, `identity` and `migrate`.
//!
//! This crate knows SQL, connections and logins. It does not know HTTP, Kubernetes or the command line.

mod anchors;
mod auth_scheme;
pub mod book;
pub mod comparison;
pub mod connection_string;
pub mod credentials;
pub mod draft;
pub mod embedded;
pub mod error;
pub mod files;
pub mod identity;
mod invisible;
pub mod list;
pub mod login_policy;
pub mod metrics;
pub mod migrate;
mod pool_state;
mod pool_wait;
pub mod price;
mod schema;
pub mod search;
mod spans;
pub mod sql_server;
pub mod store;
pub mod switch;
pub mod unavailable_reason;
