//! The SQL Server engine where the server or the network misbehaves: what a person is told, what is sent again, what is not.

mod connecting;
mod migrating;
mod permissions;
mod retrying;
