//! Books on SQL Server or on an embedded store.
//!
//! This crate knows SQL, connections and identities; it knows nothing of HTTP. The way in is [`store::Store`], opened from a
//! [`connection_string::ConnectionString`].

pub mod book;
pub mod comparison;
pub mod connection_string;
pub mod credential_spec;
pub mod credentials;
pub mod doctor;
pub mod draft;
mod embedded;
pub mod error;
pub mod identity;
pub mod kerberos;
pub mod list;
pub mod login_policy;
pub mod metrics;
pub mod migrate;
pub mod preflight;
pub mod price;
pub mod shared_reads;
mod sql_server;
pub mod store;
pub mod switch;
mod waiting;
