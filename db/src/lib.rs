//! Books on SQL Server or on an embedded store.
//!
//! This crate knows SQL, connections and identities; it knows nothing of HTTP. The way in is [`store::Store`], opened from a
//! [`connection_string::ConnectionString`].

pub mod connection_string;
