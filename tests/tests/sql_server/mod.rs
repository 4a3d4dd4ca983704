//! The SQL Server engine when the server or the network misbehaves: which error is reported, what is retried and what
//! is not.

mod adopting;
mod connecting;
mod counting;
mod migrating;
mod permissions;
mod racing;
mod refused_logins;
mod retrying;
mod schedules;
